"""How what goes can be had back, as messages and the command line say it."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from bot import for_programs, printing
from bot.approval.policy import Forbidden
from bot.approval.request import Request, State
from bot.flows.answers import Planned
from bot.images.grades import Grade, Graded
from bot.images.removal import Plan
from bot.playground.blocks import block_faults
from bot.playground.limits import Surface
from bot.playground.tables import characters
from bot.slack.blocks import Said
from bot.slack.replies import reply
from bot.slack.request_message import request_message
from tests.approval.examples import IN_STATE, PLAN, image_id, step

AT = datetime(2026, 3, 1, 14, 2, tzinfo=UTC)
SHOWN = "<!date^1772373720^{date_short_pretty} {time}|2026-03-01 14:02 UTC>"
GREEN = Graded(image_id=image_id("1"), grade=Grade.REPULLABLE, reference="redis@sha256:1", asked_at=AT)
RED = Graded(image_id=image_id("2"), grade=Grade.ONLY_COPY, why="it was never pulled")
YELLOW = Graded(image_id=image_id("2"), grade=Grade.UNKNOWN, why="<!channel> does not say", asked_at=AT)


def graded(*found: Graded) -> Plan:
    """Return the plan to remove redis:7 and nginx:1, graded."""
    return replace(PLAN, graded=found)


def lines(message: Said) -> list[str]:
    """Return every line of its paragraphs."""
    texts = [block["text"] for block in message.blocks if block["type"] == "section"]
    return [line for text in texts if isinstance(text, dict) for line in str(text["text"]).split("\n")]


def about(message: Said) -> list[str]:
    """Return the lines that say a grade."""
    return [line for line in lines(message) if any(sign in line for sign in "🟢🟡🔴")]


@pytest.mark.parametrize("state", [State.PENDING, State.REMOVING, State.FINISHED, State.INTERRUPTED])
@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((), []),
        (
            (GREEN, replace(GREEN, image_id=image_id("2"), asked_at=AT + timedelta(seconds=2))),
            [f"Back again: 🟢 re-pullable (registry answered {SHOWN})"],
        ),
        (
            (GREEN, RED),
            [
                f"🟢 re-pullable (registry answered {SHOWN})",
                "🔴 only copy — it was never pulled",
                "Back again: 1 🟢 re-pullable, 1 🔴 only copy",
            ],
        ),
        (
            (YELLOW, replace(YELLOW, image_id=image_id("1"))),
            ["Back again: 🟡 unknown — &lt;!channel&gt; does not say"],
        ),
    ],
)
def test_one_line_where_all_is_alike(state: State, found: tuple[Graded, ...], said: list[str]) -> None:
    """And else one for each image; before and after, and nothing of a plan that nobody graded."""
    assert about(request_message(replace(IN_STATE[state], plan=graded(*found)))) == said


def test_a_grade_stands_below_its_own_image() -> None:
    """Not below that of another."""
    said = lines(request_message(replace(IN_STATE[State.PENDING], plan=graded(RED, GREEN))))
    assert said[said.index("🔴 only copy — it was never pulled") - 1].startswith("`nginx:1`")
    assert next(line for line in said if line.startswith("🟢")) == said[1 + _of(said, "`redis:7`")]


def _of(said: list[str], name: str) -> int:
    return next(at for at, line in enumerate(said) if line.startswith(name))


def test_a_private_plan_says_it() -> None:
    """So does what nobody asked for yet."""
    planned = Planned(plan=graded(GREEN, RED), verdict=Forbidden(why="No."), ask="rm")
    assert len(about(reply(planned))) == 3


def test_the_question_before_an_approval_counts_the_only_copies() -> None:
    """It is the last that is read before something is gone for good."""
    request = replace(IN_STATE[State.PENDING], plan=graded(GREEN, RED))
    assert "🔴 only copy of 1 image · redis:7, nginx:1" in str(request_message(request).blocks[-1])
    assert "only copy" not in str(request_message(IN_STATE[State.PENDING]).blocks[-1])


def test_a_large_plan_fits() -> None:
    """A hundred images that are graded otherwise, with reasons of any length."""
    steps = tuple(step(f"r:{n}", "1") for n in range(100))
    long = tuple(replace(RED, image_id=image_id("1"), why="w" * 500 + str(n)) for n in range(100))
    message = request_message(_of_plan(replace(PLAN, steps=steps, graded=long)))
    assert block_faults(list(message.blocks), Surface.MESSAGE) == []
    assert characters(list(message.blocks)) < 13_200
    assert "Back again: 100 🔴 only copy" in lines(message)


def _of_plan(plan: Plan) -> Request:
    return replace(IN_STATE[State.PENDING], plan=plan)


def test_the_command_line_says_it() -> None:
    """Each image by its name, with the time in UTC; and JSON has all of it."""
    plan = graded(GREEN, YELLOW)
    assert printing.grades(plan) == [
        ("redis:7", "🟢 re-pullable (registry answered 2026-03-01 14:02 UTC)"),
        ("nginx:1", "🟡 unknown — <!channel> does not say"),
    ]
    assert [each["grade"] for each in json.loads(json.dumps(for_programs.plan_json(plan)))["steps"]] == [
        {"grade": "re-pullable", "reference": "redis@sha256:1", "asked_at": "2026-03-01T14:02:00+00:00", "why": ""},
        {
            "grade": "unknown",
            "reference": "",
            "asked_at": "2026-03-01T14:02:00+00:00",
            "why": "<!channel> does not say",
        },
    ]
    assert printing.grades(PLAN) == []


def test_show_says_it_between_what_was_planned_and_what_came() -> None:
    """With the request, for good: also long after the registry was asked."""
    request = replace(IN_STATE[State.FINISHED], plan=graded(GREEN, RED))
    console = Console(file=io.StringIO(), width=200)
    printing.request(console, request, (), ())
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue().splitlines()
    assert [line for line in told if "back " in line] == [
        "  back     🟢 re-pullable (registry answered 2026-03-01 14:02 UTC)",
        "  back     🔴 only copy — it was never pulled",
    ]
    steps = json.loads(json.dumps(for_programs.request_json(request, (), ())))["steps"]
    assert [step["grade"]["grade"] for step in steps] == ["re-pullable", "only-copy"]
