"""What somebody wants back: the images that a request removed, as far as they are on record, planned for their host."""

from collections.abc import Sequence
from dataclasses import replace

from bot.approval.fleet import members_told
from bot.approval.request import Request, RequestId
from bot.command.grammar import Restore, render
from bot.command.reading import closest
from bot.db.store import Reading, Store
from bot.flows.planning import NotPlanned, Planner
from bot.flows.standing import UNTRUE, as_recorded
from bot.images.ids import ImageId, short
from bot.images.removal import Plan, Removed
from bot.images.restoral import Restoral, RestorePlan
from bot.images.restoring import by_digest, chosen, restorals

NAMED = 10
"""Images of a request that a hint names."""


def wanted_back(store: Store, planner: Planner, command: Restore) -> RestorePlan | NotPlanned:
    """Plan to put back what the request of *command* removed, on its host as it is now; or say why there is no plan."""
    with store.reading() as reading:
        request = reading.request(RequestId(command.request))
        if request is not None and not as_recorded(reading, request.id):
            return NotPlanned(why=UNTRUE, hint="Nothing is pulled by what it says.")
        fleet = reading.fleet(RequestId(command.request)) if request is None else None
    if fleet is not None:
        why = f"Request {fleet.number} is for several hosts; images are put back on one at a time."
        return NotPlanned(why=why, hint=members_told(fleet))
    if request is None:
        return NotPlanned(
            why=f"There is no request {command.request}.",
            hint="/img history shows the newest, /img why IMAGE what became of an image.",
        )
    if not isinstance(request.plan, Plan):
        return NotPlanned(why=f"Request {request.id} put images back, so there is nothing of it to put back.")
    wanted = _chosen(_wanted(request, request.plan), command)
    if isinstance(wanted, NotPlanned):
        return wanted
    with store.reading() as reading:
        known = [each if each.source else replace(each, source=_elsewhere(reading, each)) for each in wanted]
    return _planned(planner, request, request.plan, known, command)


def _wanted(request: Request, plan: Plan) -> tuple[Restoral, ...]:
    steps = [*zip(plan.steps, request.steps, strict=True)]
    if request.undo is not None:  # an image without a name loses nothing before its guard goes
        steps += zip(plan.reclaims, request.undo.reclaims, strict=True)
    removed = [(step, state.outcome) for step, state in steps if isinstance(state.outcome, Removed)]
    return restorals(removed, plan.store, plan.graded)


def _elsewhere(reading: Reading, restoral: Restoral) -> str | None:
    """Return a digest that the image lost at another time: a tag may go before the last one of its repository does."""
    return next(filter(None, map(by_digest, reading.digests_of(restoral.image_id))), None)


def _chosen(wanted: tuple[Restoral, ...], command: Restore) -> tuple[Restoral, ...] | NotPlanned:
    """Return what is asked for of what was removed, in the order in which it went; all where no image is named."""
    if not command.images or not wanted:
        return wanted
    asked: set[ImageId] = set()
    for word in command.images:
        found = chosen(wanted, word)
        if len(found) != 1:
            return _not_one(word, found, wanted, command.request)
        asked.add(found[0].image_id)
    return tuple(each for each in wanted if each.image_id in asked)


def _not_one(word: str, found: Sequence[Restoral], wanted: Sequence[Restoral], number: int) -> NotPlanned:
    if found:
        which = ", ".join(f"{each.word} ({short(each.image_id)})" for each in found[:NAMED])
        return NotPlanned(why=f"Several images of request {number} have an ID that begins with {word}.", hint=which)
    names = [name for each in wanted for name in each.names]
    known = {name.rpartition(":")[0]: name for name in names} | {name: name for name in names}
    meant = closest(word, tuple(known))
    question = f" Did you mean {known[meant]}?" if meant else ""
    more = f" and {len(wanted) - NAMED} more" if len(wanted) > NAMED else ""
    removed = ", ".join(each.word for each in wanted[:NAMED])
    return NotPlanned(why=f"Request {number} removed no {word}.{question}", hint=f"It removed {removed}{more}.")


def _planned(
    planner: Planner, request: Request, plan: Plan, wanted: Sequence[Restoral], command: Restore
) -> RestorePlan | NotPlanned:
    if not wanted:
        return NotPlanned(
            why=f"Request {request.id} removed nothing.", hint=f"/img show {request.id} says what came of it."
        )
    made = planner.restore(plan.host, request.id, render(replace(command, reason="", dry_run=False)), wanted)
    if isinstance(made, RestorePlan) and made.store is not plan.store:
        text = f"{plan.host} keeps its images in another store by now ({made.store}), where they have other IDs."
        return NotPlanned(why=text, hint=f"/img show {request.id} has the names and digests, to be pulled by hand.")
    return made
