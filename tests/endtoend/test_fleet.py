"""From the command to the record on three real daemons: the classic store of two versions, and the containerd store."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.approval.fleet import Fleet
from bot.approval.request import RequestId, State
from bot.audit.chain import Verified
from bot.db.store import Store
from bot.demo import settings
from bot.flows.verify import verified
from bot.images.inventory import Store as ImageStore
from bot.playground.demo import RunningWorkspace
from bot.service import Service
from bot.settings import HostTable, RuleTable
from tests.daemons import NEWER, Kind, RunningDaemon, dockerd_of
from tests.endtoend.team import APPROVALS, DANA, DEADLINE, OLGA, People, opened, planned_lines, recorded_lines, until
from tests.worlds import Build, container, load

NEWER_CLASSIC = Kind(suite=NEWER.suite)
GROUP = ("prod",)
REDIS = Build(tags=["redis:7.2"], layers=["base", "redis"])
APP = Build(tags=["app:1"], layers=["base", "busybox", "app"])
RULES = (RuleTable(name="prod", hosts=("@prod",), approvers=("S0OPSLEADS",), canary=1),)


@dataclass(frozen=True, kw_only=True)
class Yard:
    """People, the bot's database, and the daemons by the names of their hosts."""

    people: People
    store: Store
    daemons: dict[str, RunningDaemon]

    def fleet(self, number: int = 1) -> Fleet:
        """Return a fleet as it is stored."""
        with self.store.reading() as reading:
            found = reading.fleet(RequestId(number))
        assert found is not None
        return found

    def tags(self) -> dict[str, set[str]]:
        """Return every tag of each host."""
        return {
            host: {tag for image in daemon.client.images() for tag in image["RepoTags"] or ()}
            for host, daemon in self.daemons.items()
        }


@pytest.fixture(scope="module")
def daemons(dockerd_session: RunningDaemon, registry: str) -> Iterator[dict[str, RunningDaemon]]:
    """Give three daemons: Docker 20.10, and 28.5 with either store."""
    with ExitStack() as stack:
        newer = stack.enter_context(dockerd_of(NEWER_CLASSIC, registry))
        containerd = stack.enter_context(dockerd_of(NEWER, registry))
        yield {"web-1": dockerd_session, "web-2": newer, "web-3": containerd}


@pytest.fixture
def yard(daemons: dict[str, RunningDaemon], place: RunningWorkspace, tmp_path: Path) -> Iterator[Yard]:
    """Give the bot at work on the three, and on a fourth host that is not there."""
    for daemon in daemons.values():
        daemon.empty()
        load(daemon.client, REDIS, APP, containerd=daemon.containerd)
    hosts = {name: HostTable(url=daemon.url, groups=GROUP) for name, daemon in daemons.items()}
    hosts["web-4"] = HostTable(url=f"unix://{tmp_path}/nobody.sock", groups=GROUP)
    made = settings(place, hosts, tmp_path)
    made = made.model_copy(update={"file": made.file.model_copy(update={"rules": RULES})})
    service = Service(made)
    service.start()
    try:
        assert service.wait_connected(DEADLINE)
        yield Yard(people=People(place.url), store=opened(made), daemons=daemons)
    finally:
        service.stop()
        for daemon in daemons.values():
            daemon.empty()


def test_one_command_three_daemons_one_decision(yard: Yard) -> None:
    """One message, one click: the first host, then the rest; what each daemon did is what was predicted of it."""
    private, message = yard.people.ask(DANA, "/img rm -H @prod -m 'disk full' redis:7.2")
    assert "*web-4* — *not planned*: web-4 cannot be reached" in str(message)
    assert "Asked as request 1" in str(private)
    stores = [member.plan.store for member in yard.fleet().members]
    assert stores == [ImageStore.CLASSIC, ImageStore.CLASSIC, ImageStore.CONTAINERD]
    yard.people.press(OLGA, message, "img_approve")

    def finished() -> bool:
        return {member.state for member in yard.fleet().members} == {State.FINISHED}

    until(finished)
    assert yard.tags() == {host: {"app:1"} for host in yard.daemons}
    for member in yard.fleet().members:
        with yard.store.reading() as reading:
            told = recorded_lines(reading.records_of(member.id))
            kinds = [event.kind for event in reading.timeline(member.id)]
        assert [line for line in planned_lines(member) if line in told] == planned_lines(member)
        assert ("released" in kinds) == (member.plan.host != "web-1")
    messages = yard.people.messages(OLGA, APPROVALS)
    until(lambda: "Removed redis:7.2 from 3 hosts (web-1 … web-3)" in str(yard.people.messages(OLGA, APPROVALS)[-1]))
    assert len(messages) == 1
    with yard.store.reading() as reading:
        assert isinstance(verified(reading), Verified)


def test_a_use_on_one_host_is_shown_and_a_drift_on_the_first_stops_the_rest(yard: Yard) -> None:
    """A container elsewhere is named in the message; the name moves on the first host, so nobody removes anything."""
    container(yard.daemons["web-3"].client, "app:1", "shop")
    _, message = yard.people.ask(DANA, "/img rm -H all app:1")
    assert "app:1 is in use on web-3 by container shop" in str(message)
    assert [part.host for part in yard.fleet().asked.parts] == ["web-1", "web-2"]
    client = yard.daemons["web-1"].client
    client.tag("redis:7.2", "app", "1")
    yard.people.press(OLGA, message, "img_approve")
    until(lambda: "Stopped after web-1" in str(yard.people.messages(OLGA, APPROVALS)[-1]))
    assert [member.state for member in yard.fleet().members] == [State.DRIFTED, State.APPROVED]
    assert "app:1" in yard.tags()["web-2"]
    yard.people.press(OLGA, yard.people.messages(OLGA, APPROVALS)[-1], "img_stop")
    until(lambda: yard.fleet().members[1].state is State.REJECTED)
    assert "app:1" in yard.tags()["web-2"]
