"""Proving: the record is verified every night and whenever somebody asks; where it fails, removals stop.

They go on once somebody who may decide has acknowledged it. Asking, approving and listing go on all the time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.approval.authority import Basis, MayNot, Memberships, may_decide
from bot.approval.notes import Refusal
from bot.approval.notice import Notice
from bot.approval.policy import Policies
from bot.approval.proof import Acknowledged, Disproved, Occasion, Proved
from bot.approval.request import Person
from bot.audit.chain import START, Broken, Head, Verified
from bot.db.fields import Unreadable
from bot.db.store import Reading, Store
from bot.flows.answers import Answer, Sentence, Verification
from bot.flows.gaps import gap_of
from bot.flows.groups import Groups
from bot.flows.ports import Click, Clock, Directory, Typed
from bot.flows.verify import verified

log = structlog.get_logger()

EVERY = timedelta(days=1)
AT_ONCE = 1_000_000
"""Events that are read while somebody waits for the answer: half a minute. Of a longer record, the newer part."""


class Witness:
    """The newest head that this process posted or verified, where nobody can change it who owns the database only.

    ``whole_at`` is when this process read the whole record last.
    """

    def __init__(self) -> None:
        self.head = START
        self.whole_at: datetime | None = None

    def saw(self, head: Head) -> None:
        """Remember *head*, where it is newer."""
        if head.sequence > self.head.sequence:
            self.head = head

    def forget(self) -> None:
        """Begin anew: what was remembered is known to be missing."""
        self.head = START


@dataclass(frozen=True, slots=True, kw_only=True)
class Prove:
    """Verifies the record, and lets removals go on after a failure."""

    store: Store
    directory: Directory
    groups: Groups
    policy: Policies
    now: Clock
    witness: Witness = field(default_factory=Witness)
    mine: Callable[[], bool] = lambda: True
    """Whether it is this process that verifies every night."""

    def nightly(self) -> None:
        """Verify everything, where the last time is a day ago, by whichever process that was."""
        with self.store.reading() as reading:
            known = (self.witness.whole_at, _read_whole_at(reading))
        since = max((at for at in known if at is not None), default=None)
        if since is not None and self.now() - since >= EVERY and self.mine():
            self._verify(Occasion.NIGHTLY, START, None)

    def asked(self, typed: Typed) -> Answer:
        """Answer ``verify``."""
        with self.store.reading() as reading:
            since = _since(reading)
        found = self._verify(Occasion.SLACK, since, typed.reply_to.person)
        with self.store.reading() as reading:
            stopped = reading.unacknowledged()
        return Verification(
            found=found,
            since=since.sequence,
            stopped=stopped,
            may_go_on=bool(stopped) and self._may(typed.reply_to.person),
        )

    def to_read(self) -> int:
        """Return how many events ``verify`` reads now."""
        with self.store.reading() as reading:
            return reading.head()[0] - _since(reading).sequence

    def acknowledge(self, click: Click) -> Answer:
        """Let removals go on, if whoever pressed may decide and means the failure that stopped them."""
        person = click.reply_to.person
        basis = self._right_of(person)
        with self.store.transaction() as tx:
            stopped, now = tx.unacknowledged(), self.now()
            if isinstance(basis, MayNot):
                tx.note(Refusal(at=now, by=person, action=click.button, answer=basis.why))
                return Sentence(text=basis.why, parts=basis.parts)
            if stopped is None or str(stopped.sequence) != click.value:
                return Sentence(text="This is not what stops removals any more.", hint="/img verify says how it is.")
            tx.note(Acknowledged(at=now, by=person, basis=basis.text, failure=stopped.sequence))
            tx.announce(acknowledged(person), now)
        hint = "What was found is still there: where it is found again, in a day at the latest, they stop again."
        return Sentence(text="It is on record that you know. Removals go on.", hint=hint)

    def _verify(self, occasion: Occasion, since: Head, by: Person | None) -> Verified | Broken:
        with self.store.reading() as reading:
            if _is_known_to_miss(reading, self.witness.head):
                self.witness.forget()
            seen = self.witness.head
            found = verified(reading, since=since, known=[seen] if seen.sequence >= since.sequence else [])
        if since == START:
            self.witness.whole_at = self.now()
        if isinstance(found, Verified):
            self.witness.saw(found.head)
        try:
            put_on_record(self.store, found, self.now, occasion, by)
        except Exception:  # where the record takes nothing more, nothing can be removed either
            log.exception("what verifying found is not on record", found=repr(found))
        return found

    def _may(self, person: Person) -> bool:
        return not isinstance(self._right_of(person), MayNot)

    def _right_of(self, person: Person) -> Basis | MayNot:
        memberships = Memberships(seen=self.groups.seen, at=self.now(), cool_off=self.policy().cool_off)
        return may_decide(tuple(sorted(self.policy().approvers)), self.directory.member(person), memberships)


def put_on_record(
    store: Store,
    found: Verified | Broken,
    now: Clock,
    occasion: Occasion,
    by: Person | None = None,
    user: str = "",
) -> None:
    """Write what verifying found, and who had it verified: *by* in Slack, or *user* on the command line.

    A failure stops removals, and the audit channel and the log are told.
    """
    at = now()
    if isinstance(found, Verified):
        sequence, sealed = found.head.sequence, found.head.hash
        proved = Proved(at=at, occasion=occasion, count=found.count, sequence=sequence, hash=sealed, by=by, user=user)
        with store.transaction() as tx:
            tx.note(proved)
        return
    log.error("the record is not as it was written", sequence=found.sequence, why=found.why)
    with store.transaction() as tx:
        tx.note(Disproved(at=at, occasion=occasion, sequence=found.sequence, why=found.why, by=by, user=user))
        tx.announce(disproved(found), at)


def disproved(found: Broken) -> Notice:
    """Return what the audit channel is told when the record is not as it was written."""
    what = f"The record is not as it was written. Event {found.sequence}: {found.why}"
    then = "Nothing is removed until somebody who may decide has acknowledged it: /img verify."
    return Notice(kind="disproved", parts=(f"{what} {then}",))


def acknowledged(by: Person) -> Notice:
    """Return what it is told when somebody lets removals go on after that."""
    return Notice(kind="acknowledged", parts=(by, " acknowledged that the record did not verify. Removals go on."))


def _is_known_to_miss(reading: Reading, noted: Head) -> bool:
    """Whether somebody who may decide has acknowledged a failure since a backup was restored that explains this one.

    The restoration alone is not enough: whoever cuts off the end could write one.
    """
    try:
        gap, acknowledged = gap_of(reading, noted), reading.last(Acknowledged)
    except Unreadable:
        return False
    known = acknowledged.event.failure if acknowledged and isinstance(acknowledged.event, Acknowledged) else 0
    return gap is not None and known > gap.sequence


def _since(reading: Reading) -> Head:
    """Return from where on the record is read while somebody waits."""
    proved = reading.last(Proved)
    if reading.head()[0] <= AT_ONCE or proved is None or not isinstance(proved.event, Proved):
        return START
    return Head(sequence=proved.event.sequence, hash=proved.event.hash)


def _read_whole_at(reading: Reading) -> datetime | None:
    """Return when the whole record was read last, as it says itself; or else when it was begun."""
    proved, failed = reading.last(Proved), reading.last(Disproved)
    whole = proved.at if proved and isinstance(proved.event, Proved) and proved.event.is_whole else None
    moments = (whole, failed.at if failed else None, reading.first_at())
    return max((at for at in moments if at is not None), default=None)
