"""The form in which steps are left out of a plan, or hosts and images out of several: boxes, a hundred on a page."""

from collections.abc import Iterator, Mapping, Sequence

from bot.approval.request import Request
from bot.flows.answers import Form
from bot.flows.fleet_narrow import Choices, choices
from bot.flows.narrow import removable
from bot.flows.ports import Button
from bot.images.grading import deleted_by
from bot.images.ids import ImageId
from bot.images.removal import Plan, Step
from bot.images.restoral import AnyStep
from bot.slack import limits
from bot.slack.blocks import Block, actions, button, context
from bot.slack.grades import WORDS
from bot.slack.inputs import carried, entries, option, plain_text
from bot.slack.mrkdwn import count
from bot.slack.plans import name_of
from bot.slack.standing import frees
from bot.slack.steps import removals

STEPS = "steps"
ON_A_PAGE = 100


def boxes(form: Form) -> Iterator[Block]:
    """Yield one page of what can be left out, ticked where it was not left out before, and the pages."""
    every = _options(form)
    pages = max(1, -(-len(every) // ON_A_PAGE))
    page = min(form.page, pages - 1)
    shown = list(every.items())[page * ON_A_PAGE : (page + 1) * ON_A_PAGE]
    for at in range(0, len(shown), limits.BOXES):
        yield _group(form, dict(shown[at : at + limits.BOXES]), at=page * ON_A_PAGE + at)
    if pages > 1:
        ticked = len(every) - len(form.left_out)
        yield context(f"Page {page + 1} of {pages} · {ticked} of {len(every)} ticked when it was opened")
        yield from filter(None, [paging(page, pages)])


def _options(form: Form) -> dict[int, Block]:
    """Return a box for all that can be left out, by its number."""
    if form.fleet is not None:
        return _of_hosts(choices(form.fleet))
    if form.request is None:
        return {}
    plan = form.request.plan
    graded = {each.image_id: WORDS[each.grade] for each in plan.graded}
    return {number: _box(number, plan.steps[number], graded) for number in removable(form.request)}


def _of_hosts(found: Choices) -> dict[int, Block]:
    """Return a box for each host, and behind these one for each image."""
    hosts = {number: _host(number, member) for number, member in found.hosts.items()}
    return hosts | {number: _image(number, steps) for number, steps in found.images.items()}


def _host(number: int, member: Request) -> Block:
    beside = f"{removals(member.plan)}, frees {frees(member.plan)}" if isinstance(member.plan, Plan) else ""
    return option(f"Host {member.plan.host}", str(number), beside)


def _image(number: int, steps: Sequence[AnyStep]) -> Block:
    return option(f"Image {name_of(steps[0])}", str(number), f"on {count(len(steps), 'host')}")


def _group(form: Form, options: Mapping[int, Block], *, at: int) -> Block:
    ticked = [made for number, made in options.items() if number not in form.left_out]
    element: Block = {"type": "checkboxes", "action_id": STEPS, "options": list(options.values())}
    if ticked:  # Slack refuses an empty list
        element["initial_options"] = ticked
    what = "What stays ticked is planned anew, for you to approve"
    return {
        "type": "input",
        "block_id": f"{STEPS}-{at // limits.BOXES}",
        "optional": True,
        "label": plain_text(what if at == 0 else "…"),
        "element": element,
    }


def paging(page: int, pages: int) -> Block | None:
    """Return the buttons that lead from one page of a form to the next and back; None where there is but one."""
    back = [button(Button.PAGE_BACK, "◀ Back", str(page - 1))] if page > 0 else []
    on = [button(Button.PAGE, "Next ▶", str(page + 1))] if page + 1 < pages else []
    return actions([*back, *on])


def _box(number: int, step: AnyStep, graded: Mapping[ImageId, str]) -> Block:
    """Return the box of a step, with how the image that it deletes can be had back."""
    image_id = deleted_by(step) if isinstance(step, Step) else None
    return option(name_of(step), str(number), graded.get(image_id, "") if image_id else "")


def left_out(view: Mapping[str, object]) -> frozenset[int]:
    """Return the steps that are not ticked in a view: on the page that is shown, and before on the others."""
    blocks, state = view.get("blocks"), view.get("state")
    shown = set(_shown(blocks if isinstance(blocks, list) else []))
    found = entries(state if isinstance(state, dict) else {})
    ticked = {int(value) for _, name, value in found if name == STEPS and value.isdecimal()}
    before = carried(str(view.get("private_metadata", ""))).left_out
    return frozenset((before - shown) | (shown - ticked))


def _shown(blocks: list[object]) -> Iterator[int]:
    for block in blocks:
        element = block.get("element") if isinstance(block, dict) else None
        if isinstance(element, dict) and element.get("action_id") == STEPS:
            yield from (int(each["value"]) for each in element["options"])
