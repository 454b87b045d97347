"""How what goes can be had back, in words: one line for a plan where all is alike, and else one for each image."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bot.images.grades import Grade, Graded
from bot.images.grading import deleted_by
from bot.images.ids import ImageId
from bot.images.removal import Plan
from bot.slack.mrkdwn import date, escape

WORDS: Mapping[Grade, str] = MappingProxyType(
    {Grade.REPULLABLE: "🟢 re-pullable", Grade.UNKNOWN: "🟡 unknown", Grade.ONLY_COPY: "🔴 only copy"}
)
"""A sign for each grade; it always stands beside the word."""


def in_words(graded: Graded) -> str:
    """Return one grade, and what it rests on."""
    if graded.grade is Grade.REPULLABLE:
        answered = f" (registry answered {date(graded.asked_at)})" if graded.asked_at else ""
        return f"{WORDS[graded.grade]}{answered}"
    return f"{WORDS[graded.grade]} — {escape(graded.why)}" if graded.why else WORDS[graded.grade]


def beside(plan: Plan) -> Mapping[ImageId, str]:
    """Return what is said of each image beside the step that deletes it: nothing where one line is said of all."""
    if _alike(plan.graded):
        return {}
    return {graded.image_id: in_words(graded) for graded in plan.graded}


def below(plan: Plan) -> str:
    """Return the line that is said of all images of a plan; nothing where none was graded."""
    if not plan.graded:
        return ""
    if _alike(plan.graded):
        return f"Back again: {in_words(min(plan.graded, key=_asked))}"
    return f"Back again: {counted([graded.grade for graded in plan.graded])}"


def counted(grades: Sequence[Grade]) -> str:
    """Return how many images there are of each grade."""
    numbers = Counter(grades)
    return ", ".join(f"{numbers[grade]} {WORDS[grade]}" for grade in Grade if numbers[grade])


def with_grades(plan: Plan, texts: Sequence[str]) -> list[str]:
    """Return a paragraph for each step, with the grade of what that deletes where they are not all alike."""
    said = beside(plan)
    found = (said.get(image_id) if (image_id := deleted_by(step)) else None for step in plan.steps)
    return [f"{text}\n{grade}" if grade else text for text, grade in zip(texts, found, strict=True)]


def _alike(graded: Sequence[Graded]) -> bool:
    """Whether the same can be said of all of them; when each was asked for is seconds apart."""
    return len({(each.grade, each.why) for each in graded}) == 1


def _asked(graded: Graded) -> float:
    return graded.asked_at.timestamp() if graded.asked_at else 0.0
