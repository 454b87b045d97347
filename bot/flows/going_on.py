"""Whether what is left of an interrupted request can be carried out as it was approved."""

from collections.abc import Callable

from bot.approval.policy import Verdict, changed
from bot.approval.request import Progress, Request
from bot.db.store import Store
from bot.flows.answers import Sentence
from bot.flows.planning import NotPlanned, Planner, as_asked
from bot.flows.recover import Recover
from bot.flows.standing import UNTRUE, as_recorded
from bot.images.restoral import part
from bot.images.restoring import plan_difference


def cannot_go_on(
    store: Store, planner: Planner, recover: Recover, request: Request, rules: Callable[[Request], Verdict]
) -> Sentence | None:
    """Return why it cannot, after another look at what is unclear; None where it can. *rules* says what they do now."""
    if moved := changed(request.ruled, rules(request)):
        text = "The rules are no longer those it was approved under:\n" + "\n".join(moved)
        return Sentence(text=text, hint="Nothing more was sent. Press Stop and ask anew.")
    with store.reading() as reading:
        if not as_recorded(reading, request.id):
            return Sentence(text=UNTRUE, hint="Press Stop to close it, and look at the record.")
    if _unclear(request):
        recover.clear_up(request.id)
        with store.reading() as reading:
            request = reading.request(request.id) or request
        if _unclear(request):
            return Sentence(text="It is still unclear what came of a step.", hint="Look at the host, then press Stop.")
    left = tuple(n for n, step in enumerate(request.steps) if step.progress is Progress.WAITING)
    if not left:
        return Sentence(text="Nothing of it is left to do.", hint="Press Stop to close it.")
    fresh = planner.rest(request.plan, left, as_asked(request))
    if isinstance(fresh, NotPlanned):
        return Sentence(text=fresh.why, hint=fresh.hint)
    drift = plan_difference(part(request.plan, left), fresh)
    if not drift.material:
        return None
    lines = "\n".join(drift.lines)
    return Sentence(text=f"The rest is no longer what was approved:\n{lines}", hint="Press Stop and ask anew.")


def _unclear(request: Request) -> bool:
    return any(step.progress is Progress.UNCLEAR for step in request.steps)
