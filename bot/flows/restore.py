"""One claimed request that puts images back, carried out one step after the other.

Each step is planned once more, its intent committed, and then the image pulled by its digest. Only where that is the
image which was removed are its names given to it, and each only where it names nothing at that moment.
"""

from collections.abc import Callable
from typing import assert_never

from bot.approval.events import Drifted, Event, Finished, Interrupted, StepBegun, StepDone, StepSkipped
from bot.approval.request import Request
from bot.flows.answers import STOPPED
from bot.flows.ledger import Ledger
from bot.flows.planning import NotPlanned
from bot.flows.ports import Daemon, Unreachable
from bot.flows.run import Means
from bot.flows.schedule import waiting
from bot.flows.sending import Surprise
from bot.images.ids import short
from bot.images.removal import Refused, Unknown
from bot.images.restoral import Gain, NotPutBack, Pulled, PutBack, RestorePlan, RestoreStep, Tagged, part
from bot.images.restoring import is_taken, plan_difference

TAKEN_OVER = "Another process took it over."


class RestoreRun:
    """Carries *request* out, whose *plan* puts images back.

    What cannot be put back holds up nothing else: nothing of it was changed. Where the host does not say what came of
    a step, nothing more is sent.
    """

    def __init__(self, means: Means, request: Request, plan: RestorePlan) -> None:
        self._means = means
        self._plan = plan
        self._left = waiting(request)
        self._ledger = Ledger(means.store, request, now=means.now, lease=means.lease)
        self._surprise: Surprise | None = None
        self._extend_at = means.now() + means.lease / 3

    def to_the_end(self) -> bool:
        """Go on until everything is done or something was not as planned. Returns whether everything is done."""
        try:
            for number in self._left:
                if not self._step(number):
                    break
            if not self._ledger.lost:
                self._close()
        except BaseException:
            self._ledger.keep_answers()
            raise
        return self._surprise is None and not self._ledger.lost

    def _step(self, number: int) -> bool:
        """Take one step. Returns whether the next may follow."""
        step = self._planned_anew(number)
        if step is None:
            return self._surprise is None and not self._ledger.lost
        self._ledger.happened(StepBegun(at=self._means.now(), step=number))
        if not self._ledger.write(goes_on=True):
            return False
        outcome = put_back(self._means.daemon, step, self._alive, lambda: self._ledger.write(goes_on=True))
        if self._ledger.lost and isinstance(outcome, Unknown):
            return False  # the daemon told nothing, and another has looked by now what came of it
        self._ledger.happened(StepDone(at=self._means.now(), step=number, outcome=outcome))
        if isinstance(outcome, Unknown):
            self._surprise = Surprise(why=outcome.message)
        return self._ledger.write(goes_on=True) and self._surprise is None

    def _planned_anew(self, number: int) -> RestoreStep | None:
        """Return a step as it would go now; None where it is not to be taken, which is on record then."""
        if why := self._stops():
            self._surprise = Surprise(why=why)
            return None
        fresh = self._means.planner.afresh(self._plan, (number,))
        if isinstance(fresh, NotPlanned):
            self._surprise = Surprise(why=fresh.why)
            return None
        (step,), asked = fresh.plan.steps, part(self._plan, (number,))
        drift = plan_difference(asked, fresh.plan)
        if drift.material and self._ledger.nothing_sent:
            self._surprise = Surprise(why="It is no longer what was approved.", drift=drift.lines)
        elif drift.material:
            self._skipped(number, "It is no longer what was approved:\n" + "\n".join(drift.lines))
        elif isinstance(step.outcome, NotPutBack):
            self._skipped(number, f"{step.outcome.message}.")
        else:
            return step
        return None

    def _stops(self) -> str:
        """Return why nothing more may be done: the record did not verify, or the rules are other ones by now."""
        with self._means.store.reading() as reading:
            disproved = reading.unacknowledged() is not None
        return STOPPED if disproved else self._means.rules()

    def _skipped(self, number: int, why: str) -> None:
        self._ledger.happened(StepSkipped(at=self._means.now(), step=number, why=why))

    def _alive(self) -> None:
        """Extend the claim while a pull goes on, which may take longer than it is good for.

        Nothing is waited for meanwhile: it is called between two pieces of the daemon's answer.
        """
        if self._means.now() >= self._extend_at:
            self._extend_at = self._means.now() + self._means.lease / 3
            self._ledger.write(goes_on=True)

    def _close(self) -> None:
        self._ledger.happened(self._end())
        self._ledger.write(goes_on=False)

    def _end(self) -> Event:
        now = self._means.now()
        match self._surprise:
            case None:
                return Finished(at=now)
            case Surprise(drift=lines) if lines:
                return Drifted(at=now, difference=lines)
            case Surprise(why=why):
                return Interrupted(at=now, why=why)
            case _:
                assert_never(self._surprise)


def put_back(
    daemon: Daemon, step: RestoreStep, alive: Callable[[], None], still_ours: Callable[[], bool]
) -> PutBack | Refused | Unknown:
    """Pull and tag what *step* is to gain, in order. Another image than the one that was removed is not tagged.

    Nor is anything once it is not *still_ours*: a pull may take longer than a claim is good for, or a process sleep.
    """
    planned = step.outcome if isinstance(step.outcome, PutBack) else PutBack(gains=())
    gains: list[Gain] = []
    left = list(planned.left)
    for gain in planned.gains:
        came = _pulled(daemon, gain, alive) if isinstance(gain, Pulled) else _tagged(daemon, gain, still_ours)
        match came:
            case Refused() | Unknown():
                return came
            case str():
                left.append(came)
            case _:
                gains.append(came)
                if came.image_id != gain.image_id:
                    return PutBack(gains=tuple(gains), left=(*left, _another(daemon.host, gain, came)))
    return PutBack(gains=tuple(gains), left=tuple(left))


def _pulled(daemon: Daemon, gain: Pulled, alive: Callable[[], None]) -> Pulled | Refused | Unknown:
    pulled = daemon.pull(gain.reference, alive)
    return pulled if isinstance(pulled, Refused | Unknown) else Pulled(reference=gain.reference, image_id=pulled)


def _tagged(daemon: Daemon, gain: Tagged, still_ours: Callable[[], bool]) -> Tagged | Unknown | str:
    """Give an image one name back, or return whose it is. It is read directly before: tagging would take it away."""
    now = daemon.named(gain.reference)
    if isinstance(now, Unreachable):
        return Unknown(message=now.why)
    if now == gain.image_id:
        return gain
    if now is not None:
        return is_taken(gain.reference, now, daemon.host)
    if not still_ours():
        return Unknown(message=TAKEN_OVER)
    failed = daemon.tag(gain.image_id, gain.reference)
    return Unknown(message=failed.why) if isinstance(failed, Unreachable) else gain


def _another(host: str, wanted: Gain, came: Gain) -> str:
    return (
        f"{wanted.reference} is another image ({short(came.image_id)}) than the one that was removed"
        f" ({short(wanted.image_id)}), so nothing was tagged; `docker image rm {wanted.reference}` on {host} removes it"
    )
