"""A dockerd whose disk is full, in the middle of a removal, of setting guards, and of a pull.

The classic store changes what it has in memory and cannot write it down: it says that it failed, and did a part of it.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.approval.request import State, Window
from bot.audit.chain import Verified
from bot.flows.verify import verified
from bot.images.removal import Refused
from bot.playground.demo import RunningWorkspace
from bot.settings import HostTable, RuleTable
from tests.daemons import OWN, RunningDaemon, dockerd_in, folder_of_dockerd, root_for
from tests.endtoend.tap import tap
from tests.endtoend.team import DANA, HOST, OLGA, Team, team, until
from tests.endtoend.test_restoring import shop
from tests.newer import Missing
from tests.worlds import Build, load

SIZE = "48m"
NO_SPACE = "no space left on device"
RULE = {"name": "leads", "approvers": [OLGA]}
NAMES = ["nginx:1", "redis:7"]


class Disk:
    """A dockerd's folder on a small file system of its own."""

    def __init__(self, at: Path) -> None:
        self._filler = at / "filler"

    def fill(self) -> None:
        """Leave no byte."""
        with self._filler.open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                return

    def make_room(self) -> None:
        """Give back what was taken."""
        self._filler.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def small(registry: str) -> Iterator[tuple[RunningDaemon, Disk]]:
    """Give a dockerd on a small disk."""
    root = root_for(OWN)
    if isinstance(root, Missing):
        pytest.skip(root.why)
    with folder_of_dockerd() as folder:
        data = folder / "data"
        data.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(data)], check=True)
        with dockerd_in(folder, OWN, root, registry) as running:  # what is mounted goes with the folder
            yield running, Disk(data)


@pytest.fixture
def host(small: tuple[RunningDaemon, Disk]) -> Iterator[RunningDaemon]:
    """Give that dockerd with two images and room."""
    running, disk = small
    disk.make_room()
    running.empty()
    load(running.client, *(Build(tags=[name], layers=[name]) for name in NAMES))
    yield running
    disk.make_room()


@pytest.fixture
def disk(small: tuple[RunningDaemon, Disk]) -> Disk:
    """Give its disk."""
    return small[1]


@contextmanager
def working(place: RunningWorkspace, host: RunningDaemon, folder: Path, **rule: str) -> Iterator[Team]:
    """Give a team with a daemon that is waited for two seconds, and with a rule that has more than approvers."""
    socket = folder / "docker.sock"
    table = HostTable.model_validate({"url": f"unix://{socket}", "timeout": "2s"})
    rules = (RuleTable.model_validate(RULE | rule),)
    with (
        tap(host.socket, socket) as tapped,
        team(place, tapped, socket, folder, rules=rules, hosts={HOST: table}) as made,
    ):
        yield made


def _names(running: RunningDaemon) -> list[str]:
    """Return every tag; the classic store lists an image without one as ``<none>:<none>``."""
    tags = (tag for image in running.client.images() for tag in image["RepoTags"] or ())
    return sorted(tag for tag in tags if not tag.startswith("<none>"))


def _whole(at_work: Team) -> None:
    with at_work.store.reading() as reading:
        assert isinstance(verified(reading), Verified)


def test_a_removal(place: RunningWorkspace, host: RunningDaemon, disk: Disk, tmp_path: Path) -> None:
    """The daemon does it by halves: its words are told, what went is on record, and the rest goes later."""
    with working(place, host, tmp_path) as at_work:
        _, message = at_work.people.ask(DANA, "/img rm redis:7 nginx:1")
        disk.fill()
        at_work.people.press(OLGA, message, "img_approve")
        at_work.reaches(1, State.INTERRUPTED)
        at_work.shows(NO_SPACE)
        at_work.reaches(1, State.FINISHED)
        at_work.shows("Found done in part on the host.")
        assert _names(host) == []
        left = [image["Id"] for image in host.client.images()]
        records = [(record.reference, record.source) for record in at_work.records(1)]
        assert sorted(records) == [("nginx:1", "derived"), ("redis:7", "derived")]
        disk.make_room()
        _, message = at_work.people.ask(DANA, f"/img rm {' '.join(left)}")
        at_work.people.press(OLGA, message, "img_approve")
        at_work.reaches(2, State.FINISHED)
        assert host.client.images() == []
        assert {record.image_id for record in at_work.records(2)} == set(left)
        assert len(at_work.tap.removals()) == len(NAMES) + len(left)
        _whole(at_work)


def test_a_guard(place: RunningWorkspace, host: RunningDaemon, disk: Disk, tmp_path: Path) -> None:
    """What cannot be kept is not removed; a guard that is there for all that goes when the request is ended."""
    with working(place, host, tmp_path, undo="24h") as at_work:
        _, message = at_work.people.ask(DANA, "/img rm redis:7")
        disk.fill()
        at_work.people.press(OLGA, message, "img_approve")
        at_work.reaches(1, State.INTERRUPTED)
        message = at_work.shows("could not be kept for an undo")
        assert NO_SPACE in str(message)
        assert at_work.tap.removals() == []
        disk.make_room()
        at_work.people.press(OLGA, message, "img_stop")
        until(lambda: (undo := at_work.request(1).undo) is not None and undo.window is Window.RECLAIMED)
        assert _names(host) == NAMES
        assert at_work.records(1) == ()
        _whole(at_work)


def test_a_pull(place: RunningWorkspace, host: RunningDaemon, disk: Disk, registry: str, tmp_path: Path) -> None:
    """Nothing is put back, and that is said in the daemon's words; asked for again with room, it is."""
    image_id, names = shop(host, registry)
    with working(place, host, tmp_path) as at_work:
        _, message = at_work.people.ask(DANA, f"/img rm -f {image_id}")
        at_work.people.press(OLGA, message, "img_approve")
        at_work.reaches(1, State.FINISHED)
        _, message = at_work.people.ask(DANA, "/img restore 1")
        disk.fill()
        at_work.people.press(OLGA, message, "img_approve")
        at_work.reaches(2, State.FINISHED)
        (state,) = at_work.request(2).steps
        assert isinstance(state.outcome, Refused)
        assert NO_SPACE in str(at_work.shows("Put nothing back"))
        assert _names(host) == NAMES
        disk.make_room()
        _, message = at_work.people.ask(DANA, "/img restore 1")
        at_work.people.press(OLGA, message, "img_approve")
        at_work.reaches(3, State.FINISHED)
        assert _names(host) == sorted([*NAMES, *names])
        _whole(at_work)
