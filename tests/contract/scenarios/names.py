"""Removals by name: what else the image is called decides what goes."""

from collections.abc import Mapping

from tests.contract.making import Loaded, Tagged
from tests.contract.scenarios.scenario import ONE, Scenario, by, names
from tests.contract.words import Form

TWO_TAGS = (Loaded(tags=("alpha:1", "alpha:2"), layers=("a", "b")),)
TWO_NAMES = (Loaded(tags=("beta:1", "alpha:1"), layers=("a", "b")),)
LOST = (Loaded(tags=("alpha:1",), label="old"), Loaded(tags=("alpha:1",), layers=("b",), label="new"))
PARTLY_LOST = (
    Loaded(tags=("alpha:1", "alpha:2", "beta:1"), label="old"),
    Loaded(tags=("alpha:1",), layers=("b",), label="new"),
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
    "another spelling is repeated as typed where it is refused": Scenario(
        world=ONE, commands=(names("docker.io/library/alpha:2", "index.docker.io/alpha:2", "library/alpha", "m/x"),)
    ),
    "a name of another registry": Scenario(
        world=(Loaded(tags=("localhost:5000/q:1", "localhost/q:1", "q.example/m/q:1", "m/q:1")),),
        commands=(names("q:1", "localhost/q:1"), names("localhost:5000/q:1", "q.example/m/q:1"), names("m/q:1")),
    ),
    "a first part that only looks like a registry": Scenario(
        world=(Loaded(tags=("a_b.c/d:1", "alpha:1")),), commands=(names("docker.io/a_b.c/d:1"), names("a_b.c/d:1"))
    ),
    "long names and tags": Scenario(
        world=(Loaded(tags=("alpha:" + "t" * 128, "x" * 230 + ":1")),),
        commands=(names("alpha:" + "t" * 128), names("x" * 230 + ":1")),
    ),
    "a second tag keeps the image": Scenario(world=TWO_TAGS, commands=(names("alpha:1"), names("alpha:2"))),
    "two tags in one command": Scenario(world=TWO_TAGS, commands=(names("alpha:1", "alpha:2"),)),
    "the same name twice": Scenario(
        world=TWO_TAGS, commands=(names("alpha:1", "alpha:1"), names("alpha:2", "alpha:2", force=True))
    ),
    "force does not widen a name": Scenario(world=TWO_NAMES, commands=(names("alpha:1", force=True),)),
    "two tags refuse an ID": Scenario(
        world=TWO_TAGS, commands=(by(Form.SHORT_ID, "alpha:1"), by(Form.SHORT_ID, "alpha:1", force=True))
    ),
    "two repositories refuse an ID; force unties both in order": Scenario(
        world=(*TWO_NAMES, Tagged(image="beta:1", name="alpha:10"), Tagged(image="beta:1", name="localhost:5000/q:1")),
        commands=(by(Form.FULL_ID, "beta:1"), by(Form.FULL_ID, "beta:1", force=True)),
    ),
    "names go in the order of their full forms": Scenario(
        world=(Loaded(tags=("zeta:1", "alpha:2", "m/x:1", "alpha-b:1", "localhost:5000/q:1", "alpha:10", "alpha:1")),),
        commands=(by(Form.FULL_ID, "zeta:1", force=True),),
    ),
    "an image that lost its name": Scenario(world=LOST, commands=(by(Form.SHORT_ID, "old"), names("alpha:1"))),
    "an image that lost its name to a tag": Scenario(
        world=(*ONE, Loaded(tags=("beta:1",), layers=("z",)), Tagged(image="beta:1", name="alpha:1")),
        commands=(by(Form.SHORT_ID, "alpha:1"), names("alpha:1", "beta:1")),
    ),
    "an image that lost one of its names": Scenario(
        world=PARTLY_LOST, commands=(names("alpha:2"), names("beta:1"), names("alpha:1"))
    ),
    "an image that lost one of its names, by ID": Scenario(
        world=PARTLY_LOST, commands=(by(Form.SHORT_ID, "old"), by(Form.SHORT_ID, "old", "new", force=True))
    ),
    "by the name of the hidden record": Scenario(
        world=PARTLY_LOST, commands=(by(Form.HIDDEN, "old"), by(Form.HIDDEN, "old", "new"), names("alpha:2"))
    ),
    "by the name of the only record": Scenario(world=LOST, commands=(by(Form.HIDDEN, "new", "old"),)),
    "a name that came back": Scenario(
        world=(*LOST, Tagged(image="old", name="alpha:2"), Tagged(image="new", name="beta:1")),
        commands=(names("alpha:2"), by(Form.SHORT_ID, "new"), names("beta:1", "alpha:1")),
    ),
}
