"""What somebody wants back: the images that a request removed, as far as they are on record, planned for their host."""

from collections.abc import Sequence
from dataclasses import replace

from bot.approval.request import Request, RequestId
from bot.command.grammar import Restore, render
from bot.db.store import Reading, Store
from bot.flows.planning import NotPlanned, Planner
from bot.flows.standing import UNTRUE, as_recorded
from bot.images.removal import Plan, Removed
from bot.images.restoral import Restoral, RestorePlan
from bot.images.restoring import by_digest, restorals


def wanted_back(store: Store, planner: Planner, command: Restore) -> RestorePlan | NotPlanned:
    """Plan to put back what the request of *command* removed, on its host as it is now; or say why there is no plan."""
    with store.reading() as reading:
        request = reading.request(RequestId(command.request))
        if request is not None and not as_recorded(reading, request.id):
            return NotPlanned(why=UNTRUE, hint="Nothing is pulled by what it says.")
    if request is None:
        return NotPlanned(
            why=f"There is no request {command.request}.",
            hint="/img history shows the newest, /img why IMAGE what became of an image.",
        )
    if not isinstance(request.plan, Plan):
        return NotPlanned(why=f"Request {request.id} put images back, so there is nothing of it to put back.")
    wanted = _wanted(request, request.plan)
    with store.reading() as reading:
        known = [each if each.source else replace(each, source=_elsewhere(reading, each)) for each in wanted]
    return _planned(planner, request, request.plan, known)


def _wanted(request: Request, plan: Plan) -> tuple[Restoral, ...]:
    steps = [*zip(plan.steps, request.steps, strict=True)]
    if request.undo is not None:  # an image without a name loses nothing before its guard goes
        steps += zip(plan.reclaims, request.undo.reclaims, strict=True)
    removed = [(step, state.outcome) for step, state in steps if isinstance(state.outcome, Removed)]
    return restorals(removed, plan.store, plan.graded)


def _elsewhere(reading: Reading, restoral: Restoral) -> str | None:
    """Return a digest that the image lost at another time: a tag may go before the last one of its repository does."""
    return next(filter(None, map(by_digest, reading.digests_of(restoral.image_id))), None)


def _planned(planner: Planner, request: Request, plan: Plan, wanted: Sequence[Restoral]) -> RestorePlan | NotPlanned:
    if not wanted:
        return NotPlanned(
            why=f"Request {request.id} removed nothing.", hint=f"/img show {request.id} says what came of it."
        )
    made = planner.restore(plan.host, request.id, render(Restore(request=request.id)), wanted)
    if isinstance(made, RestorePlan) and made.store is not plan.store:
        text = f"{plan.host} keeps its images in another store by now ({made.store}), where they have other IDs."
        return NotPlanned(why=text, hint=f"/img show {request.id} has the names and digests, to be pulled by hand.")
    return made
