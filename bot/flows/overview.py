"""The overview of one person: what waits for them, what is theirs, what goes on, and how the hosts are.

It is what the Home tab shows; ``mine``, ``pending`` and ``hosts`` answer with parts of it.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.approval.notes import RecordRead
from bot.approval.notice import Parts
from bot.approval.policy import Policies
from bot.approval.proof import Disproved, Proved
from bot.approval.request import Person, Request, RequestId, State, Window
from bot.approval.undoing import goes
from bot.command.grammar import Mine, Pending, render
from bot.db.store import Reading, Store
from bot.flows.groups import Groups
from bot.flows.hosts_of import Groups as HostGroups
from bot.flows.overviews import Home, HomePage, HostsTold, HostTold, Part, RequestRow, RequestsTold, Which
from bot.flows.ports import Clock, Purpose
from bot.flows.recent import Looked, Recent
from bot.images.inventory import Inventory
from bot.images.usage import usage

RECENTLY = timedelta(days=30)
"""How far back removals count as recent."""
ROWS = 5
"""Requests, and hosts, that one page of a part has."""
MANY = 50
"""Requests that are looked through for one part: more are found by ``history``."""
TYPED = 10
"""Requests that an answer to a command has."""
HOSTS_WITHIN = 2.5
"""Seconds for which hosts are waited for, all together."""
UNDER_WAY = frozenset({State.APPROVED, State.REMOVING, State.INTERRUPTED})


def no_lines() -> tuple[str, ...]:
    """Return nothing: what a bot says of its own health where nobody tells it."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Reads what one person sees at a moment. *health* are lines on how the bot is, for those who decide."""

    store: Store
    policy: Policies
    groups: Groups
    recent: Recent
    now: Clock
    health: Callable[[], tuple[str, ...]] = no_lines
    host_groups: Callable[[], HostGroups] = dict

    def home(self, person: Person, page: HomePage) -> Home:
        """Return the Home tab of somebody, with *page* of one part and the first of all others."""
        rights = self._rights(person)
        hosts = list(self.recent.daemons)
        with self.store.reading() as reading:
            parts = [_part(reading, which, found, page) for which, found in self._found(reading, person, rights)]
            record = _record(reading)
        shown = _page(hosts, page, Which.HOSTS)
        told = tuple(self._host(name, 0.0) for name in shown)
        return Home(
            person=person,
            decides=bool(rights & self.policy().approvers),
            parts=tuple(part for part in parts if part is not None),
            hosts=told,
            hosts_page=page.number if page.part is Which.HOSTS else 0,
            hosts_left=max(0, len(hosts) - (_first(page, Which.HOSTS) + len(told))),
            record=record,
            health=self.health() if rights & self.policy().approvers else (),
        )

    def _found(
        self, reading: Reading, person: Person, rights: frozenset[str]
    ) -> Iterable[tuple[Which, Sequence[Request]]]:
        ended = reading.carried_out(self.now() - RECENTLY, MANY)
        waiting = reading.requests(State.PENDING, State.INTERRUPTED, limit=MANY, once=True)
        unreviewed = [each for each in ended if each.awaits_review]
        yield (
            Which.WAITING,
            [each for each in (*unreviewed, *waiting) if _waits_for(each, person, rights)],
        )
        yield Which.MINE, reading.requests_of(person, MANY)
        yield Which.RUNNING, reading.requests(*UNDER_WAY, limit=MANY, once=True)
        kept = _once(reading.keeping(MANY))
        yield Which.UNDO, [each for each in kept if each.undo and each.undo.window is Window.OPEN]
        yield Which.REMOVED, [each for each in ended if any(map(goes, each.steps))]

    def mine(self, person: Person) -> RequestsTold:
        """Answer ``mine``. It tells what is on record, so it is on record who asked; likewise below."""
        self._noted(person, Mine())
        with self.store.reading() as reading:
            found = reading.requests_of(person, TYPED + 1)
            return _told("Your requests", reading, found, frozenset())

    def pending(self, person: Person) -> RequestsTold:
        """Answer ``pending``: what waits for a decision or is under way, what waits for this person marked."""
        self._noted(person, Pending())
        rights = self._rights(person)
        with self.store.reading() as reading:
            found = reading.requests(State.PENDING, *UNDER_WAY, limit=MANY, once=True)
            waits = frozenset(each.id for each in found if _waits_for(each, person, rights))
            first = sorted(found, key=lambda each: (each.id not in waits, each.id))
            return _told("What waits, and what is under way", reading, first, waits)

    def hosts(self) -> HostsTold:
        """Answer ``hosts``: every host as it is now, or as it was a moment ago. A silent one is waited for shortly."""
        for name in self.recent.daemons:
            self.recent.begin(name)
        until = time.monotonic() + HOSTS_WITHIN
        return HostsTold(hosts=tuple(self._host(n, max(until - time.monotonic(), 0)) for n in self.recent.daemons))

    def _noted(self, person: Person, command: Mine | Pending) -> None:
        with self.store.transaction() as tx:
            tx.note(RecordRead(at=self.now(), by=person, query=render(command)))

    def _host(self, name: str, within: float) -> HostTold:
        groups = tuple(group for group, hosts in self.host_groups().items() if name in hosts)
        return replace(_host(name, self.recent.of(name, within)), groups=groups)

    def _rights(self, person: Person) -> frozenset[str]:
        """Return the person's user ID and the groups of approvers that they are in. Slack may be asked."""
        groups = (each for each in self.policy().deciding_groups if self._is_in(person, each))
        return frozenset({person.user_id, *groups})

    def _is_in(self, person: Person, group_id: str) -> bool:
        return person.user_id in (self.groups.settled(group_id) or ())


def _once(requests: Iterable[Request]) -> list[Request]:
    """Return of requests for several hosts the first."""
    first: dict[RequestId, Request] = {}
    for each in requests:
        first.setdefault(each.member.fleet if each.member else each.id, each)
    return list(first.values())


def _waits_for(request: Request, person: Person, rights: frozenset[str]) -> bool:
    """Whether somebody could decide on a request now, or close its review: asked anew at the click."""
    if request.state is State.INTERRUPTED and not request.needs.count:
        return request.requester == person
    own = request.requester == person or any(each.by == person for each in request.approvals)
    return not own and bool(rights & set(request.deciders))


def _first(page: HomePage, which: Which) -> int:
    return page.number * ROWS if page.part is which else 0


def _page(items: Sequence[str], page: HomePage, which: Which) -> Sequence[str]:
    first = _first(page, which)
    return items[first : first + ROWS]


def _part(reading: Reading, which: Which, found: Sequence[Request], page: HomePage) -> Part | None:
    first = _first(page, which)
    shown = found[first : first + ROWS]
    if not shown and not first and which in {Which.RUNNING, Which.UNDO}:
        return None
    return Part(
        which=which,
        rows=tuple(_row(reading, each) for each in shown),
        page=first // ROWS,
        left=max(0, len(found) - first - len(shown)),
    )


def _row(reading: Reading, request: Request, *, waits: bool = False) -> RequestRow:
    member = request.member
    message = reading.message(member.lead if member else request.id, Purpose.APPROVALS)
    channel, ts = (message.channel or "", message.ts or "") if message else ("", "")
    fleet = reading.fleet(member.fleet) if member else None
    return RequestRow(request=request, channel=channel, ts=ts, waits=waits, fleet=fleet)


def _told(title: str, reading: Reading, found: Sequence[Request], waits: frozenset[RequestId]) -> RequestsTold:
    rows = tuple(_row(reading, each, waits=each.id in waits) for each in found[:TYPED])
    return RequestsTold(title=title, rows=rows, more=len(found) > TYPED)


def _record(reading: Reading) -> Parts:
    """Return what verifying the record found last."""
    stopped = reading.unacknowledged()
    if stopped is not None and isinstance(stopped.event, Disproved):
        return ("⚠️ The record did not verify ", stopped.event.at, ", so nothing is removed: see /img verify")
    proved = reading.last(Proved)
    if proved is None or not isinstance(proved.event, Proved):
        return ("Not verified yet.",)
    return (f"{proved.event.count:,} events verified ", proved.event.at, ", all as they were written")


def _host(name: str, looked: Looked | None) -> HostTold:
    if looked is None:
        return HostTold(host=name)
    if not isinstance(looked.found, Inventory):
        return HostTold(host=name, why=looked.found.why)
    found = looked.found
    return HostTold(host=name, store=found.store.value, version=found.version, usage=usage(found))
