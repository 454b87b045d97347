"""Forms about a request or a plan."""

from bot.approval.request import State
from bot.flows.answers import Form, FormKind
from bot.flows.ports import ReplyTo
from bot.slack import forms
from bot.slack.blocks import Block
from tests.approval.examples import OLGA
from tests.slack.catalogue.drawn import Entry
from tests.slack.lives import BATCHES, REMOVALS

PRESSED = ReplyTo(person=OLGA, channel="C0APPROVALS", url="https://hooks.slack.com/actions/T0/1/abc", replaces=True)
PENDING = REMOVALS[State.PENDING]


def _view(form: Form) -> Block | None:
    return forms.view(form, PRESSED)


FORMS = tuple(
    Entry(name=f"form/{name}", example=form, draw=_view)
    for name, form in {
        "reject": Form(kind=FormKind.REJECT, value="token", request=PENDING),
        "approve some": Form(kind=FormKind.SOME, value="token", request=PENDING),
        "approve some of a batch": Form(kind=FormKind.SOME, value="token", request=BATCHES[State.PENDING]),
        "reason": Form(kind=FormKind.REASON, value="rm redis:7.2", least=1, hint="a ticket, such as OPS-123"),
        "break glass": Form(kind=FormKind.BREAK_GLASS, value="rm redis:7.2", code="K7QF-2M9D", least=20),
        "review": Form(kind=FormKind.REVIEW, value="token", request=PENDING),
    }.items()
)
