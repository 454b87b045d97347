"""Worlds by chance."""

from random import Random

from bot.images.inventory import ContainerState
from tests.contract.making import Action, Built, Committed, Contained, Forced, Kept, Loaded, Pushed, Tagged, World
from tests.worlds import BUSYBOX

RUNS = "runs"
"""The image that every world has and that a container can run."""
REPOSITORIES = ("alpha", "alpha-b", "beta", "m/x", "zeta", "localhost:5000/q", "abc")
TAGS = ("1", "2", "10", "latest", "ab")
LIKE_IDS = ("s:latest", "sha:latest", "sha2:latest", "sha256:latest", "sha256:abcd", "sha256:{%s:.4}", "sha:1")
"""Tags of ``sha256`` come by an archive only, and into the containerd store only."""
LINES = ("ENV a=b", "LABEL x=1", "COPY file /x", "LABEL y=2", "COPY file /y")
STATES = (
    *([ContainerState.CREATED] * 5),
    *(ContainerState.EXITED, ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING),
)


def world(chance: Random) -> World:
    """Return images that share layers and names, some built on others, some pushed, some with containers."""
    loaded = [_runnable(chance), *(_loaded(chance, f"image-{number}") for number in range(chance.randint(2, 5)))]
    built = _built(chance, [image.name for image in loaded])
    labels = [*(image.name for image in loaded), *(image.name for image in built)]
    pushed = _pushed(chance, [image.name for image in loaded], labels)
    names = [tag for image in loaded for tag in image.tags if not tag.startswith("sha256")]
    names += [image.tag for image in built]
    containers = _containers(chance, labels, [RUNS, *(image.tag for image in built if image.base == RUNS)], names)
    moved = [Tagged(image=chance.choice(labels), name=m) for c in containers for m in c.mounts if m in names]
    return (
        *(*loaded, *built, *_names(chance, labels), *pushed, *containers),
        *(move for move in moved if chance.random() < 0.4),
        *(Committed(container=c.name, tag="com:1") for c in containers[:1] if chance.random() < 0.2),
        *_forced(chance, containers, bases={image.base for image in built}),
    )


def _runnable(chance: Random) -> Loaded:
    return Loaded(tags=_tags(chance, RUNS, least=1), layers=(BUSYBOX, *_stack(chance)), label=RUNS)


def _loaded(chance: Random, label: str) -> Loaded:
    """Return an image that at times is an index, or has an ID that begins as another's."""
    like = RUNS if chance.random() < 0.15 else ""
    return Loaded(
        tags=_tags(chance, label),
        layers=tuple(_stack(chance)),
        label=label,
        like=like,
        digits=chance.choice((2, 4)),
        platforms=not like and chance.random() < 0.15,
    )


def _stack(chance: Random) -> list[str]:
    """Return layers that other stacks are likely to begin with, too."""
    return [chance.choice("ab"), *(chance.choice("abcd") for _ in range(chance.randint(0, 3)))]


def _tags(chance: Random, label: str, least: int = 0) -> tuple[str, ...]:
    return tuple(_tag(chance, chance.choice((label, RUNS))) for _ in range(chance.randint(least, 4)))


def _tag(chance: Random, label: str) -> str:
    """Return a tag, at times one that looks like the ID of an image."""
    kind = chance.random()
    if kind < 0.1:
        like = chance.choice(LIKE_IDS)
        return like % label if "%s" in like else like
    if kind < 0.2:
        return f"{{{label}:.{chance.choice((1, 2, 3, 4, 5, 12, 63))}}}:{chance.choice(('latest', 'latest', '1'))}"
    return f"{chance.choice(REPOSITORIES)}:{chance.choice(TAGS)}"


def _built(chance: Random, bases: list[str]) -> list[Built]:
    """Return images of the classic builder, in chains; those that begin alike share their untagged parents."""
    built: list[Built] = []
    for number in range(chance.choice((0, 0, 1, 2, 3))):
        base = chance.choice([image.base for image in built] + [image.tag for image in built] + bases[:2])
        start = chance.randint(0, 1)
        lines = LINES[start : start + chance.randint(1, 3)]
        tag, buildkit = f"built-{number}:{chance.choice('12')}", chance.random() < 0.12
        built.append(Built(base=base, lines=lines, tag=tag, buildkit=buildkit))
    return built


def _names(chance: Random, labels: list[str]) -> list[Action]:
    """Return more names, which may be taken from other images."""
    return [
        Tagged(image=chance.choice(labels), name=f"{chance.choice(REPOSITORIES)}:{chance.choice(TAGS)}")
        for _ in range(chance.randint(0, 3))
    ]


def _pushed(chance: Random, loaded: list[str], labels: list[str]) -> list[Action]:
    """Return names in the registry; what was built loses its parents with a pull, so it is only pushed."""
    pushed: list[Action] = []
    for number in range(chance.choice((0, 1, 1, 2))):
        kept = chance.choice((Kept.PUSHED, Kept.PUSHED, Kept.DIGEST, Kept.TAG_AND_DIGEST))
        image = chance.choice(labels if kept is Kept.PUSHED else loaded)
        pushed.append(Pushed(image=image, name=f"t/{chance.choice('xy')}:{number}", kept=kept))
    return pushed


def _containers(chance: Random, labels: list[str], runnable: list[str], names: list[str]) -> list[Contained]:
    """Return containers in several states; some mount other images, by ID or by one of these names."""
    made: list[Contained] = []
    for number in range(chance.choice((0, 0, 1, 2, 3))):
        state = chance.choice(STATES)
        image = chance.choice(labels if state is ContainerState.CREATED else runnable)
        mounts = [chance.choice((*names, *(f"sha256:{{{label}:.64}}" for label in labels if ":" not in label)))]
        mounted = tuple(mounts) if chance.random() < 0.25 else ()
        made.append(Contained(image=image, name=f"job-{number}", state=state, mounts=mounted))
    return made


def _forced(chance: Random, containers: list[Contained], bases: set[str]) -> list[Forced]:
    """Return at times the removal of an image under its container."""
    running = {container.image for container in containers if container.state.is_running}
    idle = [c.image for c in containers if c.image not in bases and c.image not in running]
    return [Forced(image=idle[0])] if idle and chance.random() < 0.3 else []
