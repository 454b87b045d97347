"""Messages about a request: in the approvals channel, to a person, and in the thread."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.approval.events import CalledFor, Joined, Looking, Narrowed, StepDone
from bot.approval.request import Call, Called, Needs, PlanDigest, Request, Review, State, Token
from bot.flows.recover import FOUND_DONE
from bot.images.inventory import Store
from bot.images.removal import DeletedLayer, Removed, Step
from bot.slack.blocks import Said
from bot.slack.calls import called_for
from bot.slack.lines import in_thread
from bot.slack.request_message import request_message, told
from tests.approval.examples import NOW, OLGA, OMAR
from tests.slack import lives
from tests.slack.catalogue.drawn import Entry
from tests.slack.lives import APPROVED, BATCHES, CLAIMED, MINUTE, PLAN, REMOVALS, RESTORALS, UNDOS, life

TWO = Needs(
    count=2,
    approvers=("S0OPSLEADS",),
    rule="only copies",
    remind_after=timedelta(minutes=30),
    escalate_after=timedelta(hours=1),
    escalate_to=("U0LEAD2",),
)
NARROWED = Narrowed(
    at=NOW + 5 * MINUTE,
    by=OLGA,
    basis="group S0OPSLEADS",
    plan=replace(PLAN, steps=PLAN.steps[:1], graded=PLAN.graded[:1]),
    digest=PlanDigest("e" * 64),
    token=Token("token-2"),
    needs=Needs(count=1, approvers=("S0OPSLEADS",), rule="prod"),
    left_out=(1, 2),
)
SURPRISE = Removed(records=lives.records_of(lives.REDIS)[:2])
OTHERWISE = life(
    PLAN,
    APPROVED,
    CLAIMED,
    *lives.done(0, lives.REDIS)[:1],
    StepDone(at=NOW + 9 * MINUTE, step=0, outcome=SURPRISE),
    *lives.done(1, lives.BRANCH),
    *lives.done(2, lives.IN_USE),
    lives.END,
)
GLASS = replace(REMOVALS[State.FINISHED], break_glass=True, approvals=())
FORCED = replace(
    PLAN,
    command="rm --force redis:7.2",
    steps=(replace(lives.REDIS, removal=replace(lives.REDIS.removal, force=True)),),
    graded=PLAN.graded[:1],
)


def _without_layers(step: Step) -> Step:
    kept = tuple(record for record in lives.records_of(step) if not isinstance(record, DeletedLayer))
    return replace(step, outcome=Removed(records=kept))


UNLAYERED = (_without_layers(lives.REDIS), _without_layers(lives.BRANCH))
FOUND = life(
    replace(PLAN, store=Store.CONTAINERD, steps=UNLAYERED),
    APPROVED,
    CLAIMED,
    *lives.done(0, UNLAYERED[0]),
    *lives.done(1, UNLAYERED[1])[:1],
    StepDone(at=NOW + 9 * MINUTE, step=1, outcome=Removed(records=lives.records_of(UNLAYERED[1])), found=FOUND_DONE),
    lives.END,
)
OTHERS: dict[str, Request] = {
    "pending and looked at": life(PLAN, Looking(at=NOW + MINUTE, by=OLGA, until=NOW + 11 * MINUTE)),
    "pending with one approval of two": life(PLAN, APPROVED, needs=TWO),
    "pending and escalated": life(PLAN, CalledFor(at=NOW, call=Call.ESCALATE, to=("U0LEAD2",)), needs=TWO),
    "pending and narrowed": life(PLAN, NARROWED),
    "pending and followed": life(PLAN, Joined(at=NOW, by=OMAR, channel="C0DEV")),
    "pending with force": life(FORCED),
    "finished otherwise": replace(OTHERWISE, measured=70_000_000),
    "finished and found so": FOUND,
    "finished and measured": replace(REMOVALS[State.FINISHED], measured=311_900_000),
    "finished without an approval": GLASS,
    "finished without an approval and reviewed": replace(
        GLASS,
        review=Review(by=OLGA, at=NOW + 20 * MINUTE, basis="group S0OPSLEADS", note="It was right."),
    ),
}


LONG = (State.PENDING, State.REMOVING, State.FINISHED)
"""The states that show all of a batch."""


def _of(kind: str, requests: dict[str, Request]) -> Iterator[Entry]:
    for name, request in requests.items():
        yield Entry(name=f"channel/{kind} {name}", example=request, draw=request_message)
        yield Entry(name=f"direct/{kind} {name}", example=request, draw=told)


def _calls() -> Iterator[Entry]:
    for call in Call:
        request = GLASS if call is Call.REVIEW else REMOVALS[State.PENDING]
        example = (replace(request, needs=TWO), Called(call=call, at=NOW, version=2))
        yield Entry(name=f"thread/call to {call}", example=example, draw=_called)


def _lines() -> Iterator[Entry]:
    for kind, requests in (("removal", REMOVALS), ("restoral", RESTORALS), ("batch", BATCHES)):
        for state in (State.PENDING, State.FINISHED):
            yield Entry(name=f"thread/lines of a {kind} {state}", example=requests[state], draw=in_thread)
    yield Entry(name="thread/lines of a removal found done", example=FOUND, draw=in_thread)


def _called(example: tuple[Request, Called]) -> Said:
    return called_for(*example)


REQUESTS = (
    *_of("removal", {state.value: request for state, request in REMOVALS.items()} | OTHERS),
    *_of("restoral", {state.value: request for state, request in RESTORALS.items()}),
    *_of("undo", UNDOS),
    *_of("batch", {state.value: request for state, request in BATCHES.items() if state in LONG}),
    *_calls(),
    *_lines(),
)
