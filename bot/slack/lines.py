"""Docker's own lines: a few of them in the message about a request, all of them in its thread."""

import re
from dataclasses import dataclass

from bot.approval.printed import DERIVED, FEW, came, printed
from bot.approval.request import Request, State
from bot.images.inventory import Store
from bot.images.removal import Plan
from bot.images.restoral import RestorePlan
from bot.slack.blocks import Block, Said, context, said, section
from bot.slack.mrkdwn import preformatted
from bot.slack.steps import text_block

MANY = 40
"""More lines than these are a file."""
_DIGEST = re.compile("(sha256:[0-9a-f]{12})[0-9a-f]{52}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InThread:
    """Lines for a thread: as a message, with the first of them where they are many, and all of them as a file.

    ``name`` is the file's, and says whose lines of when they are; ``is_file`` whether they are given as one.
    """

    said: Said
    title: str
    name: str
    text: bytes
    is_file: bool


def of_one(request: Request) -> InThread:
    """Return the lines of one request for the thread."""
    return InThread(
        said=in_thread(request),
        title=title(request),
        name=file_name(request.id, request.state, request.left_out[-1].version if request.left_out else None),
        text=file_text(request),
        is_file=len(printed(request)) > MANY,
    )


def in_message(request: Request, *, private: bool = False) -> Block | None:
    """Return the lines of a request where they are few, with short digests, or else where they are; None for none.

    Who is answered or written to in *private* may not see the channel with that thread.
    """
    lines = printed(request)
    if len(lines) <= FEW:
        short = tuple(_DIGEST.sub(r"\1…", line) for line in lines)
        return section(f"{preformatted(short)}{_below(request)}") if short else None
    match request.state:
        case State.PENDING:
            return context(_elsewhere(request, f"{len(lines)} lines of the plan", private=private))
        case State.FINISHED:
            return context(_elsewhere(request, f"{len(lines)} lines of what was done", private=private))
        case State.REMOVING | State.INTERRUPTED:
            return context("🧵 All lines of what was done come into the thread at the end.")
        case _:
            return None


def _elsewhere(request: Request, what: str, *, private: bool) -> str:
    return f"📃 `/img show {request.id}` has the {what}." if private else f"🧵 All {what} are in the thread."


def in_thread(request: Request) -> Said:
    """Return the message in the thread: the lines, or where they are more than fit, the first of them."""
    return said(f"{title(request)}.", (section(f"{title(request)}:{_below(request)}"), text_block(printed(request))))


def known(request: Request) -> str:
    """Return how the lines of what was done are known, where the daemon did not say all of it; nothing where it did."""
    if request.state in {State.PENDING, State.APPROVED}:
        return ""
    lines, told = came(request), []
    if any(line.endswith(DERIVED) for line in lines):
        told.append("_derived_: found on the host, not told by Docker; all else is as it reported.")
    if isinstance(request.plan, Plan) and request.plan.store is Store.CONTAINERD and lines:
        told.append(f"Docker tells of no layers on this store: `/img show {request.id}` has them, _derived_.")
    return " ".join(told)


def _below(request: Request) -> str:
    return f"\n{told}" if (told := known(request)) else ""


def title(request: Request) -> str:
    """Return what the lines of a request are. Nothing that somebody typed is in it."""
    planned = request.state is State.PENDING
    if isinstance(request.plan, RestorePlan):
        return f"Request {request.id}: what {'would be' if planned else 'was'} pulled and tagged"
    return f"Request {request.id}: what Docker {'would print' if planned else 'printed'}"


def file_name(number: int, state: State, narrowed: int | None) -> str:
    """Return the name of the file with the lines: it says which, so that it is known again after some was left out.

    *narrowed* is with which version that was.
    """
    if state is not State.PENDING:
        return f"request-{number}-done.txt"
    return f"request-{number}-planned{'' if narrowed is None else f'-{narrowed}'}.txt"


def file_text(request: Request) -> bytes:
    """Return what the file holds: the lines, in UTF-8."""
    return "".join(f"{line}\n" for line in printed(request)).encode()
