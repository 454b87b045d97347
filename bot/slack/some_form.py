"""The form in which steps are left out of a plan: boxes, a hundred on a page."""

from collections.abc import Iterator, Mapping

from bot.approval.request import Request
from bot.flows.answers import Form
from bot.flows.narrow import removable
from bot.flows.ports import Button
from bot.images.grading import deleted_by
from bot.images.ids import ImageId
from bot.images.removal import Step
from bot.images.restoral import AnyStep
from bot.slack import limits
from bot.slack.blocks import Block, actions, button, context
from bot.slack.grades import WORDS
from bot.slack.inputs import carried, entries, option, plain_text
from bot.slack.plans import name_of

STEPS = "steps"
ON_A_PAGE = 100


def boxes(form: Form, request: Request) -> Iterator[Block]:
    """Yield the steps of one page that would change something, ticked where they were not left out, and the pages."""
    graded = {each.image_id: WORDS[each.grade] for each in request.plan.graded}
    every = removable(request)
    pages = max(1, -(-len(every) // ON_A_PAGE))
    page = min(form.page, pages - 1)
    shown = every[page * ON_A_PAGE : (page + 1) * ON_A_PAGE]
    for at in range(0, len(shown), limits.BOXES):
        group = shown[at : at + limits.BOXES]
        yield _group(form, request, group, graded, at=page * ON_A_PAGE + at)
    if pages > 1:
        left_out = len(form.left_out)
        said = f"Page {page + 1} of {pages} · {len(every) - left_out} of {len(every)} ticked when it was opened"
        yield context(said)
        yield from filter(None, [paging(page, pages)])


def _group(form: Form, request: Request, group: list[int], graded: Mapping[ImageId, str], *, at: int) -> Block:
    options = {number: _box(number, request.plan.steps[number], graded) for number in group}
    ticked = [made for number, made in options.items() if number not in form.left_out]
    element: Block = {"type": "checkboxes", "action_id": STEPS, "options": list(options.values())}
    if ticked:  # Slack refuses an empty list
        element["initial_options"] = ticked
    return {
        "type": "input",
        "block_id": f"{STEPS}-{at // limits.BOXES}",
        "optional": True,
        "label": plain_text("What stays ticked is planned anew, for you to approve" if at == 0 else "…"),
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
