"""Docker's own lines: a few of them in the message about a request, all of them in its thread."""

import re

from bot.approval.printed import FEW, printed
from bot.approval.request import Request, State
from bot.images.restoral import RestorePlan
from bot.slack.blocks import Block, Said, context, said, section
from bot.slack.mrkdwn import preformatted
from bot.slack.steps import text_block

MANY = 40
"""More lines than these are a file."""
_DIGEST = re.compile("(sha256:[0-9a-f]{12})[0-9a-f]{52}")


def in_message(request: Request) -> Block | None:
    """Return the lines of a request where they are few, with short digests, or else where they are; None for none."""
    lines = printed(request)
    if len(lines) <= FEW:
        short = tuple(_DIGEST.sub(r"\1…", line) for line in lines)
        return section(preformatted(short)) if short else None
    match request.state:
        case State.PENDING:
            return context(f"🧵 All {len(lines)} lines of the plan are in the thread.")
        case State.FINISHED:
            return context(f"🧵 All {len(lines)} lines of what was done are in the thread.")
        case State.REMOVING | State.INTERRUPTED:
            return context("🧵 All lines of what was done come into the thread at the end.")
        case _:
            return None


def in_thread(request: Request) -> Said:
    """Return the message in the thread: the lines, or where they are more than fit, the first of them."""
    return said(f"{title(request)}.", (section(f"{title(request)}:"), text_block(printed(request))))


def title(request: Request) -> str:
    """Return what the lines of a request are. Nothing that somebody typed is in it."""
    planned = request.state is State.PENDING
    if isinstance(request.plan, RestorePlan):
        return f"Request {request.id}: what {'would be' if planned else 'was'} pulled and tagged"
    return f"Request {request.id}: what Docker {'would print' if planned else 'printed'}"


def file_name(request: Request) -> str:
    """Return the name of the file with the lines: it says which, so that it is known again."""
    return f"request-{request.id}-{'planned' if request.state is State.PENDING else 'done'}.txt"


def file_text(request: Request) -> bytes:
    """Return what the file holds: the lines, in UTF-8."""
    return "".join(f"{line}\n" for line in printed(request)).encode()
