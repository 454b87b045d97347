"""A request on record while one process carries it out: the claim decides who writes, and an answer is always kept."""

from datetime import timedelta

import structlog

from bot.approval.events import Event, StepDone
from bot.approval.lifecycle import Illegal
from bot.approval.request import Claim, Progress, Request
from bot.db.store import StaleRequest, Store, Transaction
from bot.flows.ports import Clock

log = structlog.get_logger()


class Ledger:
    """Writes what happens to a claimed *request*, as long as nobody else does: then the claim is *lost*.

    While this process has the claim nobody else changes the request, so it is not read again before each write. Where
    the database does not answer, writing is tried again for a while, and nothing is begun meanwhile.
    """

    def __init__(self, store: Store, request: Request, *, now: Clock, lease: timedelta) -> None:
        self._store = store
        self._now = now
        self._lease = lease
        self._unwritten: list[Event] = []
        self.request = request
        self.lost = False

    @property
    def nothing_sent(self) -> bool:
        """Whether, as far as it was written, the daemon was never called for the request."""
        return all(step.progress in {Progress.WAITING, Progress.SKIPPED} for step in self.request.steps)

    def happened(self, event: Event) -> None:
        """Keep what happened until the next write."""
        self._unwritten.append(event)

    def write(self, *, goes_on: bool) -> bool:
        """Write what happened, and extend the claim where it *goes_on*. Returns False where the claim is lost.

        Then only the answers are written: what the daemon said is the truth, whoever has the claim.
        """
        try:
            if self._unwritten or goes_on:
                self._written(goes_on=goes_on)
        except StaleRequest:
            self.lost = True
            self.keep_answers()
        return not self.lost

    def _written(self, *, goes_on: bool) -> None:
        """Write everything in one transaction. Raises StaleRequest where the claim is not ours any more."""
        claim = self.request.claim
        if self.lost or claim is None:
            raise StaleRequest(f"Another process carries request {self.request.id} out.")
        self.request = self._store.patiently(lambda tx: self._record(tx, claim, goes_on=goes_on))
        self._unwritten.clear()

    def _record(self, tx: Transaction, claim: Claim, *, goes_on: bool) -> Request:
        changed = must(tx.record_all(self.request, self._unwritten))
        until = self._now() + self._lease
        if goes_on and not tx.claim_extended(changed.id, claim.owner, claim.number, until):
            raise StaleRequest(f"The claim of request {changed.id} is another's.")
        return changed

    def keep_answers(self) -> None:
        """Write the answers that are not on record yet, to the request as it is now; log those that cannot be."""
        answers = [event for event in self._unwritten if isinstance(event, StepDone)]
        self._unwritten.clear()
        for answer in answers:
            told = {"request": self.request.id, "step": answer.step, "outcome": repr(answer.outcome)}
            try:
                if not self._kept(answer):
                    log.error("answer not on record", **told)
            except Exception:
                log.exception("answer not on record", **told)

    def _kept(self, answer: StepDone) -> bool:
        with self._store.transaction() as tx:
            request = tx.request(self.request.id)
            if request is None:
                return False
            is_there = request.steps[answer.step].outcome == answer.outcome  # a commit may be lost on its way back
            return is_there or not isinstance(tx.record(request, answer), Illegal)


def must(changed: Request | Illegal) -> Request:
    """Return the changed request. Its state was checked before, so a refusal is a fault of ours."""
    if isinstance(changed, Illegal):
        raise AssertionError(changed.why)  # noqa: TRY004 -- a broken promise between flow and lifecycle, not a type
    return changed
