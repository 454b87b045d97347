"""Scenarios with names: each a world, and the commands typed into it one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.contract.making import Built, Command, Contained, Forced, Form, Loaded, Pushed, Tagged, Word, World
from tests.worlds import BUSYBOX


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A world and what is typed."""

    world: World
    commands: tuple[Command, ...]


def names(*words: str, force: bool = False, prune: bool = True) -> Command:
    """Return a removal of names as typed."""
    return Command(words=tuple(Word(of=word) for word in words), force=force, prune=prune)


def by(form: Form, *labels: str, force: bool = False, digits: int = 12) -> Command:
    """Return a removal of images by ID or digest."""
    return Command(words=tuple(Word(of=label, form=form, digits=digits) for label in labels), force=force)


ONE = (Loaded(tags=("alpha:1",), layers=("a", "b")),)
TWO_TAGS = (Loaded(tags=("alpha:1", "alpha:2"), layers=("a", "b")),)
TWO_NAMES = (Loaded(tags=("beta:1", "alpha:1"), layers=("a", "b")),)
RUNNABLE = Loaded(tags=("alpha:1",), layers=(BUSYBOX, "a"))
STOPPED = (RUNNABLE, Contained(image="alpha:1", name="job"))
RUNNING = (RUNNABLE, Contained(image="alpha:1", name="web", running=True))
PUSHED = (Loaded(tags=("alpha:1",)), Pushed(image="alpha:1", name="t/al:1"))
CHILD = (
    Loaded(tags=("par:1",), layers=("a", "b")),
    Built(base="par:1", lines=("LABEL x=1", "COPY file /x", "LABEL y=1"), tag="chi:1"),
)
SHARED = (
    Loaded(tags=("alpha:1",), layers=("a", "b", "c")),
    Loaded(tags=("beta:1",), layers=("a", "b", "d")),
    Loaded(tags=("gamma:1",), layers=("a",)),
)

SCENARIOS: Mapping[str, Scenario] = {
    "by name and tag": Scenario(world=ONE, commands=(names("alpha:1"),)),
    "by name without a tag is latest": Scenario(
        world=(Loaded(tags=("alpha:latest", "alpha:1")),), commands=(names("alpha"), names("alpha"))
    ),
    "by every spelling of a name": Scenario(
        world=(Loaded(tags=("alpha:1", "alpha:2", "alpha:3", "alpha:latest")),),
        commands=(
            names("docker.io/library/alpha:1"),
            names("library/alpha:2"),
            names("index.docker.io/library/alpha:3"),
            names("docker.io/alpha"),
        ),
    ),
    "by full ID": Scenario(world=ONE, commands=(by(Form.FULL_ID, "alpha:1"),)),
    "by bare hexadecimal ID": Scenario(world=ONE, commands=(by(Form.HEX_ID, "alpha:1"),)),
    "by short ID": Scenario(world=ONE, commands=(by(Form.SHORT_ID, "alpha:1"),)),
    "by one digit": Scenario(world=ONE, commands=(by(Form.SHORT_ID, "alpha:1", digits=1),)),
    "by short ID with its algorithm": Scenario(
        world=ONE, commands=(by(Form.SHORT_ID_WITH_ALGORITHM, "alpha:1", digits=8),)
    ),
    "by digest the tag stays": Scenario(
        world=PUSHED, commands=(by(Form.DIGEST, "alpha:1"), names("{registry}/t/al:1", "alpha:1"))
    ),
    "by digest alone": Scenario(
        world=(Loaded(label="only"), Pushed(image="only", name="t/al:1", keep_tag=False)),
        commands=(names("{registry}/t/al"), by(Form.DIGEST, "only")),
    ),
    "by tag and digest the digest goes": Scenario(world=PUSHED, commands=(by(Form.TAG_AND_DIGEST, "alpha:1"),)),
    "the last tag of a repository takes its digests along": Scenario(
        world=PUSHED, commands=(names("{registry}/t/al:1"), names("alpha:1"))
    ),
    "a digest stays with another tag of its repository": Scenario(
        world=(*PUSHED, Tagged(image="alpha:1", name="{registry}/t/al:2")),
        commands=(names("{registry}/t/al:1"), names("alpha:1"), by(Form.FULL_ID, "alpha:1")),
    ),
    "a tag and a digest of one repository count as one": Scenario(
        world=PUSHED,
        commands=(names("alpha:1"), by(Form.SHORT_ID, "alpha:1")),
    ),
    "a second tag keeps the image": Scenario(world=TWO_TAGS, commands=(names("alpha:1"), names("alpha:2"))),
    "two tags refuse an ID": Scenario(
        world=TWO_TAGS, commands=(by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True))
    ),
    "two repositories refuse an ID; force unties both in order": Scenario(
        world=(*TWO_NAMES, Tagged(image="beta:1", name="alpha:10"), Tagged(image="beta:1", name="localhost:5000/q:1")),
        commands=(by(Form.FULL_ID, "beta:1"), by(Form.FULL_ID, "beta:1", force=True)),
    ),
    "force does not widen a name": Scenario(world=TWO_NAMES, commands=(names("alpha:1", force=True),)),
    "the same ID twice": Scenario(
        world=ONE, commands=(by(Form.SHORT_ID, "alpha:1", "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True))
    ),
    "shared layers stay until their last image": Scenario(
        world=SHARED, commands=(names("alpha:1"), names("gamma:1"), names("beta:1"))
    ),
    "layers that repeat or come in another order": Scenario(
        world=(Loaded(tags=("alpha:1",), layers=("a", "a", "b", "a")), Loaded(tags=("beta:1",), layers=("b", "a"))),
        commands=(names("beta:1", "alpha:1"),),
    ),
    "the same layers under two configs": Scenario(
        world=(
            Loaded(tags=("alpha:1",), layers=("a", "b"), label="one"),
            Loaded(tags=("beta:1",), layers=("a", "b"), label="two"),
        ),
        commands=(names("alpha:1"), names("beta:1")),
    ),
    "a parent with a child is only untagged": Scenario(world=CHILD, commands=(names("par:1"), names("chi:1"))),
    "a parent with a child refuses its ID": Scenario(
        world=CHILD, commands=(by(Form.SHORT_ID, "par:1"), by(Form.FULL_ID, "par:1", force=True), names("chi:1"))
    ),
    "parents are pruned up to the first that is named": Scenario(world=CHILD, commands=(names("chi:1", "par:1"),)),
    "without pruning the parent is left without a name": Scenario(
        world=CHILD, commands=(names("par:1"), names("chi:1", prune=False))
    ),
    "parents are pruned up to the first that a container uses": Scenario(
        world=(
            RUNNABLE,
            Built(base="alpha:1", lines=("COPY file /x",), tag="mid:1"),
            Built(base="mid:1", lines=("COPY file /y",), tag="top:1"),
            Contained(image="mid:1", name="job"),
        ),
        commands=(names("mid:1", force=True), names("top:1"), names("alpha:1")),
    ),
    "a stopped container": Scenario(
        world=STOPPED,
        commands=(names("alpha:1"), by(Form.SHORT_ID, "alpha:1"), names("alpha:1", force=True)),
    ),
    "a stopped container, by ID with force": Scenario(
        world=STOPPED, commands=(by(Form.SHORT_ID, "alpha:1", force=True),)
    ),
    "a running container": Scenario(
        world=RUNNING,
        commands=(
            names("alpha:1"),
            by(Form.SHORT_ID, "alpha:1"),
            by(Form.FULL_ID, "alpha:1", force=True),
            names("alpha:1", force=True),
        ),
    ),
    "another tag stays, so a container does not matter": Scenario(
        world=(*STOPPED, Tagged(image="alpha:1", name="beta:1")),
        commands=(names("alpha:1"), names("beta:1"), by(Form.SHORT_ID, "alpha:1")),
    ),
    "two tags and a stopped container, by ID": Scenario(
        world=(*STOPPED, Tagged(image="alpha:1", name="beta:1")),
        commands=(by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True)),
    ),
    "a container holds the layers of an image that shares them": Scenario(
        world=(*STOPPED, Loaded(tags=("beta:1",), layers=(BUSYBOX, "b"))), commands=(names("beta:1"),)
    ),
    "a container refuses a digest though the tag would stay": Scenario(
        world=(RUNNABLE, Pushed(image="alpha:1", name="t/al:1"), Contained(image="alpha:1", name="job")),
        commands=(by(Form.DIGEST, "alpha:1"), names("alpha:1"), by(Form.DIGEST, "alpha:1")),
    ),
    "a container whose image is gone holds layers": Scenario(
        world=(*STOPPED, Loaded(tags=("beta:1",), layers=(BUSYBOX, "b")), Forced(image="alpha:1")),
        commands=(names("beta:1"),),
    ),
    "an image that lost its name": Scenario(
        world=(Loaded(tags=("alpha:1",), label="old"), Loaded(tags=("alpha:1",), layers=("b",), label="new")),
        commands=(by(Form.SHORT_ID, "old"), names("alpha:1")),
    ),
    "names that are not there": Scenario(
        world=ONE,
        commands=(names("nosuch:1", "nosuch", "alpha", "deadbeef0123", "a" * 64), names("nosuch", force=True)),
    ),
    "words that are no names": Scenario(
        world=ONE,
        commands=(names("UPPER", "UPPER:1", "alpha:", "alpha:1:2", "<none>", "alpha@sha256:abc", "x" * 256),),
    ),
    "one of several words fails, the others go on": Scenario(
        world=(*ONE, Loaded(tags=("beta:1",), layers=("z",))),
        commands=(names("alpha:1", "nosuch:1", "UPPER", "beta:1"),),
    ),
    "a name that reads like the beginning of another's ID": Scenario(
        world=(Loaded(tags=("alpha:1",)), Loaded(tags=("sha256:abcd", "sha:latest"), layers=("z",))),
        commands=(names("sha256:abcd"), names("sha")),
    ),
}
