"""The images that the simulated daemon starts with.

centos, redis:alpine, docker, nginx and node:slim are those of a tutorial on ``docker image rm``, with the image IDs,
digests and sizes that it prints. Around them stands what a team's host has: second tags, an application on each of
three of them (so that layers are shared), a running and a stopped container, and a build that lost its tag.
"""

from dataclasses import dataclass
from hashlib import sha256

from bot.images.ids import PREFIX, ContainerId, DiffId, ImageId
from bot.images.inventory import Container, ContainerState, Image
from bot.images.reference import Reference, parse
from bot.playground.world import Layer, World, world

WEEK = 7 * 24 * 3600
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seed:
    """An image to make: ``id`` may be its first digits; ``sizes`` are megabytes per layer of its own, base first."""

    id: str
    names: tuple[str, ...]
    sizes: tuple[float, ...]
    age: float
    on: "_Seed | None" = None
    base: str = ""
    labels: tuple[tuple[str, str], ...] = ()


_REDIS = "redis@sha256:f1ed3708f538b537eb9c2a7dd50dc90a706f7debd7e1196c9264edeea521a86d"
_CENTOS = "centos@sha256:b2f9d1c0ff5f87a4743104d099a3d561002ac500db1b9bfa02a783a46e0d366c"
_NODE = "node@sha256:b4f0e0bdeb578043c1ea6862f0d40cc4afe32a4a582f3be235a3b164422be228"

CENTOS = _Seed(
    id="0584b3d2cf6d235ee310cf14b54667d889887b838d3f3d3033acd70fc3c48b8a",
    names=("centos:latest", _CENTOS),
    sizes=(196.5,),
    age=3.2,
    base="97ca462ad9eeae25941546209454496e1d66749d53dfa2ee32bf1faabd239d38",
)
REDIS_ALPINE = _Seed(
    id="501ad78535f015d88872e13fa87a828425117e3d28075d0c117932b05bf189b7",
    names=("redis:alpine", _REDIS),
    sizes=(4.8, 0.01, 0.4, 15.8, 0.02),
    age=3.1,
    base="4fc455b921edf9c4aea207c51ab39b10b06540c8b4825ba57b3feed1668fa7c7",
)
DOCKER = _Seed(id="cf693ec9b5c7", names=("docker:latest", "docker@"), sizes=(4.8, 2.6, 97.5, 0.2), age=3.0)
NGINX = _Seed(id="e43d811ce2f4", names=("nginx:latest", "nginx@"), sizes=(123.0, 58.4, 0.1), age=5.0)
NODE = _Seed(id="6e0c4c8e3913", names=("node:slim", _NODE), sizes=(123.0, 44.6, 41.4, 5.0), age=3.3)
REDIS = _Seed(
    id="7f2a61c94be0",
    names=("redis:7", "redis:7.2", "redis:latest", "redis@"),
    sizes=(74.8, 0.3, 4.1, 36.9, 0.9),
    age=2.2,
)
CACHE = _Seed(id="3c9d0e5b7a41", names=("acme/cache:2",), sizes=(1.2,), age=1.4, on=REDIS)
SHOP = _Seed(id="b81f44d07c6e", names=("acme/shop:2.1", "acme/shop@"), sizes=(18.2, 41.7), age=0.6, on=NGINX)
LOST = _Seed(id="d2607f93ab15", names=(), sizes=(18.0, 40.9), age=1.1, on=NGINX)
PREVIEW = _Seed(
    id="9a4be8c15d20",
    names=("acme/api:pr-881",),
    sizes=(187.5, 48.6),
    age=3.3 - 0.1,
    on=NODE,
    labels=(("org.opencontainers.image.source", "https://git.example.com/acme/api"),),
)
SEEDS = (CENTOS, REDIS_ALPINE, DOCKER, NGINX, NODE, REDIS, CACHE, SHOP, LOST, PREVIEW)


def seeded(now: float) -> World:
    """Return the world as it is at the start; *now* is in seconds since 1970, and the images are weeks old."""
    return world(
        {_image_id(seed): _layers(seed) for seed in SEEDS},
        tuple(_image(seed, now) for seed in SEEDS),
        (
            _container("shop-web", SHOP, ContainerState.RUNNING),
            _container("api-preview-881", PREVIEW, ContainerState.EXITED),
        ),
    )


def _image(seed: _Seed, now: float) -> Image:
    return Image(
        id=_image_id(seed),
        references=tuple(sorted((_reference(name) for name in seed.names), key=lambda r: r.canonical)),
        created=int(now - seed.age * WEEK),
        labels=dict(seed.labels),
    )


def _layers(seed: _Seed) -> tuple[Layer, ...]:
    below = _layers(seed.on) if seed.on else ()
    return (*below, *(_layer(seed, number, size) for number, size in enumerate(seed.sizes)))


def _layer(seed: _Seed, number: int, size: float) -> Layer:
    name = seed.names[0] if seed.names else "a lost build"
    digest = seed.base if seed.base and number == 0 else _invented(f"layer {number} of {seed.id}")
    made_by = f"ADD rootfs of {name}" if number == 0 and not seed.on else f"RUN step {number} of {name}"
    return Layer(diff_id=DiffId(PREFIX + digest), size=round(size * MEGABYTE), made_by=made_by)


def _reference(name: str) -> Reference:
    """Return a name as a reference; one that ends in ``@`` gets a digest of our own."""
    full = f"{name}{PREFIX}{_invented(name)}" if name.endswith("@") else name
    reference = parse(full)
    if not isinstance(reference, Reference):
        raise TypeError(reference.message)
    return reference


def _image_id(seed: _Seed) -> ImageId:
    return ImageId(PREFIX + (seed.id + _invented(f"image {seed.id}"))[:64])


def _container(name: str, seed: _Seed, state: ContainerState) -> Container:
    return Container(id=ContainerId(_invented(f"container {name}")), name=name, image_id=_image_id(seed), state=state)


def _invented(label: str) -> str:
    return sha256(label.encode()).hexdigest()
