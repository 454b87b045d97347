"""What is asked for: each request's images, and its script, which says what the people do with it until it ends."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle, islice, product
from types import MappingProxyType

from bot.flows.hosts_of import EVERY_HOST
from tests.archives import image_id
from tests.chaos.scene import BRIEF, KEPT, LATE, WAVES, Scene
from tests.daemons import RunningDaemon
from tests.worlds import Build, load

IN_A_BATCH = 8
TOGETHER = 60
"""Images in one archive."""
OFTENER = 2
"""How much oftener the classic store is drawn: the containerd store takes a second to list a hundred images."""
EARLY = "2026-01-01T00:00:00Z"
LATER = "2026-02-01T00:00:00Z"
"""When the images of a batch were made: after all others, which only the daemon tells."""


class Script(StrEnum):
    """What becomes of a request, as far as people have a say in it."""

    APPROVE = "approve"
    LOOK = "look, then approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    GLASS = "break the glass"
    REGROUP = "approve, while a group changes"
    SOME = "approve some"
    FORCE = "remove by ID, with force"
    BATCH = "remove all tags of a repository"
    UNDO = "undo"
    RECLAIM = "reclaim now"
    ELAPSE = "let the time for an undo run out"
    EXPIRE = "let it expire"
    LEAVE = "leave, and have it approved"
    RESTORE = "restore"
    FLEET = "remove from all hosts, one before the others"
    PART = "approve some of what is asked for on all hosts"


PREFIX = MappingProxyType(
    {Script.UNDO: KEPT, Script.RECLAIM: KEPT, Script.ELAPSE: BRIEF, Script.EXPIRE: LATE}
    | {Script.FLEET: WAVES, Script.PART: WAVES}
)
"""What the names begin with that fall under another rule than all others."""
WEIGHTS = MappingProxyType(dict.fromkeys(Script, 2) | {Script.APPROVE: 8, Script.EXPIRE: 1, Script.RESTORE: 3})
"""How often each script is drawn, where all that there are have been drawn once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request to be: its script, its host or ``all``, the names of its images, and what is typed after ``rm``.

    ``mark`` stands in this command and in no other's. What names an image is a word of the command by which it is asked
    for: no name begins with another.
    """

    script: Script
    host: str
    names: tuple[str, ...]
    words: str
    mark: str

    @property
    def command(self) -> str:
        """What is typed."""
        return f"rm {self.words} -H {self.host}"


class Stock:
    """What is to be asked for, and the images of it, which come to the hosts a portion at a time."""

    def __init__(self, scene: Scene, number: int, seed: int, *, again: int = 0) -> None:
        """Draw so many requests, and then *again* so many, of all scripts in turn."""
        drawn = random.Random(seed)  # noqa: S311 -- to be repeated, not secret
        scripts = drawn.sample(list(Script), min(number, len(Script)))
        scripts += drawn.choices(list(WEIGHTS), list(WEIGHTS.values()), k=number - len(scripts))
        drawn.shuffle(scripts)
        scripts += islice(cycle(Script), again)
        self._hosts = {host: _Images(daemon, scene.registry) for host, daemon in scene.daemons.items()}
        self._drawn = drawn
        self._scripts = list(enumerate(scripts, start=1))
        self._load()

    def next(self, most: int) -> list[Job]:
        """Return the next jobs, at *most* so many, with their images on the hosts."""
        portion, self._scripts = self._scripts[:most], self._scripts[most:]
        made = [_made(script, self._hosts, f"{number:05}", self._drawn) for number, script in portion]
        self._load()
        return made

    @property
    def names(self) -> dict[str, frozenset[str]]:
        """Every name that was brought to each host."""
        return {host: frozenset(images.names) for host, images in self._hosts.items()}

    def _load(self) -> None:
        for images in self._hosts.values():
            images.load()


class _Images:
    """What one host is to have: loaded together, and those of a registry pushed there."""

    def __init__(self, daemon: RunningDaemon, registry: str) -> None:
        self.containerd = daemon.containerd
        self._daemon = daemon
        self._registry = registry
        self._builds = [Build(tags=["base:1"], layers=["base"])]  # it stays, and so do the layers that others share
        self._pushed: list[str] = []
        self.names: list[str] = []

    def add(self, *names: str, created: str = EARLY) -> Build:
        """Add an image with these names."""
        build = Build(tags=names, layers=["base", names[0]], created=created)
        self._builds.append(build)
        return build

    def add_pushed(self, repository: str) -> str:
        """Add an image that the registry is to have too, and return its name."""
        name = f"{self._registry}/{repository}:1"
        self.add(name)
        self._pushed.append(name)
        return name

    def load(self) -> None:
        """Put all of them there that were added since."""
        for first in range(0, len(self._builds), TOGETHER):
            load(self._daemon.client, *self._builds[first : first + TOGETHER], containerd=self.containerd)
        for name in self._pushed:
            for answer in self._daemon.client.push(name, stream=True, decode=True):
                assert "error" not in answer, answer
        self.names += [name for build in self._builds for name in build.tags]
        self._builds.clear()
        self._pushed.clear()


def _made(script: Script, hosts: Mapping[str, _Images], number: str, drawn: random.Random) -> Job:
    """Return one job, whose images are added to its host."""
    host = drawn.choices(list(hosts), [1 if images.containerd else OFTENER for images in hosts.values()])[0]
    images, names = hosts[host], tuple[str, ...]()
    match script:
        case Script.FORCE:
            names = (f"app{number}:1", f"app{number}:2")
            mark = image_id(images.add(*names), containerd=images.containerd)
            return Job(script=script, host=host, names=names, words=f"-f {mark}", mark=mark)
        case Script.BATCH:
            app = f"app{number}"
            names = tuple(f"{app}:{each}" for each in range(IN_A_BATCH))
            for name in names:
                images.add(name, created=LATER)
            return Job(script=script, host=host, names=names, words=f"$(ls -q -f since=base:1 {app})", mark=app)
        case Script.RESTORE:
            names = (images.add_pushed(f"team/app{number}"),)
        case Script.FLEET:
            host, names = EVERY_HOST, (f"{WAVES}{number}:1",)
            for each in hosts.values():
                each.add(*names)
        case Script.PART:
            host, names = EVERY_HOST, tuple(f"{WAVES}{number}-{each}:1" for each in range(2))
            for each, name in product(hosts.values(), names):
                each.add(name)
        case _:
            names = tuple(f"{PREFIX.get(script, 'app')}{number}-{each}:1" for each in range(_count(script, drawn)))
            for name in names:
                images.add(name)
    return Job(script=script, host=host, names=names, words=" ".join(names), mark=names[0])


def _count(script: Script, drawn: random.Random) -> int:
    """Return how many images one request is about."""
    if script is Script.SOME:
        return 3
    return 1 if script in {Script.ELAPSE, Script.EXPIRE} else drawn.choice((1, 1, 2, 3))
