"""Worlds and commands by chance: the same seed gives the same ones."""

from random import Random

from tests.contract.making import Action, Built, Command, Contained, Forced, Form, Loaded, Pushed, Tagged, Word, World
from tests.worlds import BUSYBOX

REPOSITORIES = ("alpha", "alpha-b", "beta", "m/x", "zeta", "localhost:5000/q", "abc", "sha256")
"""Of the last an archive may hold tags, though ``docker tag`` refuses to make one."""
TAGS = ("1", "2", "10", "latest", "ab")
LINES = ("LABEL x=1", "LABEL y=2", "COPY file /x", "COPY file /y", "ENV a=b")
SPELLINGS = ("docker.io/library/{}", "library/{}", "docker.io/{}", "index.docker.io/library/{}")
STRANGE = ("nosuch", "nosuch:1", "UPPER:1", "alpha:", "a:1:2", "f" * 64, "0", "<none>:<none>")


def world(chance: Random) -> World:
    """Return images that share layers and names, some built on others, some pushed, some with containers."""
    actions: list[Action] = [Loaded(tags=_tags(chance, least=1), layers=(BUSYBOX, *_stack(chance)), label="runs")]
    labels = ["runs"]
    for number in range(chance.randint(1, 4)):
        label = f"image-{number}"
        actions.append(Loaded(tags=_tags(chance), layers=tuple(_stack(chance)), label=label))
        labels.append(label)
    for number in range(chance.choice((0, 0, 1, 2))):
        lines = tuple(chance.sample(LINES, chance.randint(1, 3)))
        label = f"built-{number}:1"
        actions.append(Built(base=chance.choice(labels), lines=lines, tag=label))
        labels.append(label)
    bases = {action.base for action in actions if isinstance(action, Built)}
    return (*actions, *_names(chance, labels), *_containers(chance, labels, bases))


def _stack(chance: Random) -> list[str]:
    """Return layers that other stacks are likely to begin with, too."""
    return [chance.choice("ab"), *(chance.choice("abcd") for _ in range(chance.randint(0, 3)))]


def _tags(chance: Random, least: int = 0) -> tuple[str, ...]:
    return tuple(f"{chance.choice(REPOSITORIES)}:{chance.choice(TAGS)}" for _ in range(chance.randint(least, 4)))


def _names(chance: Random, labels: list[str]) -> list[Action]:
    """Return more names, which may be taken from other images, and digests."""
    named: list[Action] = [
        Tagged(image=chance.choice(labels), name=f"{chance.choice(REPOSITORIES[:-1])}:{chance.choice(TAGS)}")
        for _ in range(chance.randint(0, 2))
    ]
    for number in range(chance.choice((0, 1, 1, 2))):
        name = f"t/{chance.choice('xy')}:{number}"
        named.append(Pushed(image=chance.choice(labels), name=name, keep_tag=chance.random() < 0.6))
    return named


def _containers(chance: Random, labels: list[str], bases: set[str]) -> list[Action]:
    """Return containers, and at times the removal of the image under one of them."""
    used = [chance.choice(labels) for _ in range(chance.choice((0, 0, 1, 2)))]
    made: list[Action] = [Contained(image=label, name=f"job-{number}") for number, label in enumerate(used)]
    if chance.random() < 0.25:
        return [*made, Contained(image="runs", name="web", running=True)]
    removable = [label for label in used if label not in bases]
    return [*made, Forced(image=removable[0])] if removable and chance.random() < 0.3 else made


def commands(chance: Random, made_of: World, removals: int) -> list[Command]:
    """Return commands of one to three words about what is in that world, so many words in all."""
    found: list[Command] = []
    left = removals
    while left:
        words = tuple(_word(chance, made_of) for _ in range(min(left, chance.choice((1, 1, 1, 2, 3)))))
        found.append(Command(words=words, force=chance.random() < 0.35, prune=chance.random() < 0.8))
        left -= len(words)
    return found


def _word(chance: Random, made_of: World) -> Word:
    kind = chance.random()
    if kind < 0.4:
        return Word(of=chance.choice(_typed_names(made_of)))
    if kind < 0.47:
        return Word(of=chance.choice(_typed_names(made_of)).rpartition(":")[0])  # which means latest
    if kind < 0.55:
        return Word(of=chance.choice(SPELLINGS).format(chance.choice(_typed_names(made_of))))
    if kind < 0.58:
        return Word(of=chance.choice(STRANGE))
    pushed = [action.image for action in made_of if isinstance(action, Pushed)]
    if kind < 0.75 and pushed:
        return Word(of=chance.choice(pushed), form=chance.choice((Form.DIGEST, Form.DIGEST, Form.TAG_AND_DIGEST)))
    labels = [_label(action) for action in made_of if isinstance(action, Loaded | Built)]
    form = chance.choice((Form.FULL_ID, Form.HEX_ID, Form.SHORT_ID, Form.SHORT_ID, Form.SHORT_ID_WITH_ALGORITHM))
    return Word(of=chance.choice(labels), form=form, digits=chance.choice((1, 2, 4, 12, 12, 40)))


def _label(action: Loaded | Built) -> str:
    return action.label if isinstance(action, Loaded) else action.tag


def _typed_names(made_of: World) -> list[str]:
    """Return every name in a world."""
    names: list[str] = []
    for action in made_of:
        match action:
            case Loaded(tags=tags):
                names += tags
            case Built(tag=tag):
                names.append(tag)
            case Tagged(name=name):
                names.append(name)
            case Pushed(name=name):
                names.append(f"{{registry}}/{name}")
            case _:
                continue
    return names
