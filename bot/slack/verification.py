"""What verifying the record found, as a message."""

from typing import assert_never

from bot.approval.proof import Disproved
from bot.audit.chain import Broken, Verified
from bot.db.store import RecordedEvent
from bot.flows.answers import STOPPED, Verification
from bot.flows.ports import Button
from bot.slack.blocks import Said, actions, button, confirmation, context, header, said, section
from bot.slack.mrkdwn import code, count, date, escape


def verification(answer: Verification) -> Said:
    """Return the answer to ``verify``; with a button where removals are stopped and the person may let them go on."""
    match answer.found:
        case Verified(count=number, head=head):
            title = f"✅ {count(number, 'event')} as they were written"
            text = f"Every event and every removal record{_from(answer.since)} is as it was written."
            print_ = f"newest event {head.sequence} · {code(head.hash)}"
        case Broken(sequence=sequence, why=why):
            title = "❌ The record is not as it was written"
            text = f"Event {sequence}: {escape(why)}"
            print_ = "It is the first one; what comes after it was not read. `imgbot audit verify` says the same."
        case _:
            assert_never(answer.found)
    return said(
        f"{title}. {text}",
        (
            header(title),
            section(text),
            section(_stopped(answer.stopped)) if answer.stopped else None,
            context(print_),
            actions(_go_on(answer)),
        ),
    )


def _from(since: int) -> str:
    return f" after event {since}, up to which it was verified before," if since else ""


def _stopped(stopped: RecordedEvent) -> str:
    event = stopped.event
    found = f" Event {event.sequence}: {escape(event.why)}" if isinstance(event, Disproved) else ""
    return f"⛔ *{STOPPED}* Found {date(stopped.at)}:{found}"


def _go_on(answer: Verification) -> list[dict[str, object]]:
    if answer.stopped is None or not answer.may_go_on:
        return []
    sure = confirmation(
        "Let removals go on?",
        "Something on record is not as it was written. It is put on record that you know, and removals go on.",
        "Go on",
        "Back",
        style="danger",
    )
    return [
        button(
            Button.ACKNOWLEDGE, "I know; let removals go on", str(answer.stopped.sequence), style="danger", confirm=sure
        )
    ]
