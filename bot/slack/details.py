"""A whole plan and what came of it, a page at a time."""

from collections.abc import Iterator
from dataclasses import replace

from bot.approval.request import Request, State
from bot.flows.answers import DetailsForm, FormKind
from bot.flows.ports import ReplyTo
from bot.images.restoral import AnyPlan
from bot.slack.blocks import Block, context, section
from bot.slack.inputs import modal, where
from bot.slack.mrkdwn import escape
from bot.slack.plans import plan_blocks, result_blocks
from bot.slack.request_message import icon, small_print
from bot.slack.some_form import paging
from bot.slack.standing import headline, standing

STEPS = 15
"""Steps on one page: with long names they still fit."""
STARTED = frozenset({State.REMOVING, State.FINISHED, State.INTERRUPTED})


def pages(request: Request) -> int:
    """Return how many pages the plan of *request* has."""
    return max(1, -(-len(request.plan.steps) // STEPS))


def view(form: DetailsForm, reply_to: ReplyTo) -> Block | None:
    """Return one page as a form that has nothing to fill in."""
    request = form.request
    blocks = [block for block in _blocks(request, min(form.page, pages(request) - 1)) if block is not None]
    title = f"Request {request.id}"
    return modal(FormKind.DETAILS.value, title, blocks, carries=where(reply_to, request.token), close="Close")


def _blocks(request: Request, page: int) -> Iterator[Block | None]:
    yield section(f"*{icon(request)} {escape(headline(request))}*\n{standing(request)}")
    first = page * STEPS
    plan = _part(request.plan, first)
    if request.state in STARTED:
        yield from result_blocks(plan, request.steps[first : first + STEPS], STEPS)
    else:
        yield from plan_blocks(plan, STEPS)
    many = pages(request)
    counted = f"Page {page + 1} of {many} · {len(request.plan.steps)} steps · " if many > 1 else ""
    yield context(f"{counted}{small_print(request)}")
    yield paging(page, many)


def _part(plan: AnyPlan, first: int) -> AnyPlan:
    steps = plan.steps[first : first + STEPS]
    return replace(plan, steps=steps)  # type: ignore[arg-type]  # of the same kind as the plan
