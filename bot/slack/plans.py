"""Plans of either kind in words, and what came of them: removals, and images put back."""

from collections.abc import Sequence
from typing import assert_never

from bot.approval.request import StepState
from bot.images.removal import Plan, Step
from bot.images.restoral import AnyPlan, AnyStep, RestorePlan
from bot.slack import restorals, steps
from bot.slack.blocks import Block, section
from bot.slack.grades import with_grades
from bot.slack.mrkdwn import escape, shortened
from bot.slack.steps import SHOWN_STEPS, paragraphs


def subject(plan: AnyPlan) -> str:
    """Return what *plan* is about: names where they are few, or how many."""
    return restorals.restorals(plan) if isinstance(plan, RestorePlan) else steps.removals(plan)


def name_of(step: AnyStep) -> str:
    """Return what a person calls the image of a step."""
    return steps.name_of(step) if isinstance(step, Step) else shortened(step.word)


def plan_blocks(plan: AnyPlan, most: int = SHOWN_STEPS) -> tuple[Block | None, ...]:
    """Return a plan: each step as a paragraph, and notes."""
    match plan:
        case Plan():
            return steps.plan_blocks(plan, most)
        case RestorePlan():
            told = [restorals.planned_step(step) for step in plan.steps]
            notes = [section(f"_{escape(note)}._") for note in plan.notes[:SHOWN_STEPS]]
            return (*paragraphs(told, [name_of(step) for step in plan.steps], most), *notes)
        case _:
            assert_never(plan)


def result_blocks(plan: AnyPlan, states: Sequence[StepState], most: int = SHOWN_STEPS) -> tuple[Block | None, ...]:
    """Return what came of a plan: each step as a paragraph."""
    names = [name_of(step) for step in plan.steps]
    match plan:
        case Plan():
            told = [steps.outcome_of(step, state) for step, state in zip(plan.steps, states, strict=True)]
            told = with_grades(plan, told)
            return (*paragraphs(told, names, most), steps.graded(plan))
        case RestorePlan():
            told = [restorals.outcome_of(step, state) for step, state in zip(plan.steps, states, strict=True)]
            return paragraphs(told, names, most)
        case _:
            assert_never(plan)
