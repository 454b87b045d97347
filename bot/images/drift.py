"""How a host has moved away from a plan: what was approved, held against the same words planned now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.images.ids import ImageId, short
from bot.images.removal import DeletedLayer, Part, Record, Refused, Removed, Step, Untagged, line

LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What is different, in at most three lines; ``material`` where the approval does not cover it."""

    material: bool
    lines: tuple[str, ...]


def difference(approved: Sequence[Step], now: Sequence[Step]) -> Drift:
    """Return how *now* differs from *approved*, steps of the same words in the same order.

    Material is another image, another record, or another kind of refusal. Sizes, how sure it is and what stays are not:
    they change nothing about what goes, and are told only where nothing material is.
    """
    pairs = list(zip(approved, now, strict=False))
    lines = [line for before, after in pairs for line in _lines(before, after)]
    if len(approved) != len(now):
        lines.append(f"{len(now)} steps instead of {len(approved)}")
    if lines:
        return Drift(material=True, lines=few(lines))
    return Drift(material=False, lines=few([line for before, after in pairs for line in _beside(before, after)]))


def few(lines: list[str]) -> tuple[str, ...]:
    """Return the first of *lines*, and how many more there are."""
    if len(lines) > LINES:
        return (*lines[: LINES - 1], f"… and {len(lines) - LINES + 1} more differences")
    return tuple(lines)


def _lines(before: Step, now: Step) -> list[str]:
    word = now.removal.word
    old, new = before.removal.image_id, now.removal.image_id
    if word != before.removal.word:
        return [f"- {before.removal.word}", f"+ {word}"]
    if old != new:
        return [f"- {word}  {_called(old)}", f"+ {word}  {_called(new)}"]
    match before.outcome, now.outcome:
        case Removed(records=was), Removed(records=records):
            return _records(word, was, records)
        case Removed(), Refused(message=message):
            return [f"+ {word}  stays: {message}"]
        case Refused(message=message), Removed():
            return [f"- {word}  stayed: {message}"]
        case Refused(refusal=was_refused), Refused(refusal=refused, message=message) if was_refused != refused:
            return [f"+ {word}  stays: {message}"]
    return []


def _beside(before: Step, now: Step) -> list[str]:
    """Return what is different beside what goes."""
    word, lines = now.removal.word, list[str]()
    if before.doubts != now.doubts:
        lines.append(f"{word}  is now {now.certainty.value.replace('-', ' ')}{_why(now)}")
    if before.freed.bytes != now.freed.bytes:
        lines.append(f"{word}  frees {_bytes(now)} instead of {_bytes(before)}")
    if before.stays != now.stays:
        lines.append(f"{word}  what stays of it is held by others, or by more")
    return lines


def _why(step: Step) -> str:
    return f": {step.doubts[0].why}" if step.doubts else ""


def _bytes(step: Step) -> str:
    return "an unknown size" if step.freed.bytes is None else f"{step.freed.bytes:,} bytes"


def _called(image_id: ImageId | None) -> str:
    return short(image_id) if image_id else "nothing"


def _records(word: str, was: tuple[Record, ...], now: tuple[Record, ...]) -> list[str]:
    before, after = [line(record) for record in was], [line(record) for record in now]
    if before == after:
        return []
    lost = [f"- {text}" for text in before if text not in after]
    new = [f"+ {text}" for text in after if text not in before]
    return lost + new or [f"{word}  goes in another order"]


def as_planned(step: Step, outcome: Removed) -> bool:
    """Whether the daemon's records are the predicted ones, in order; layers may be fewer where they are *at most*."""
    if not isinstance(step.outcome, Removed):
        return False
    predicted, actual = _texts(step.outcome.records), _texts(outcome.records)
    if step.doubtful(Part.LAYERS):
        layers = set(_texts(r for r in step.outcome.records if isinstance(r, DeletedLayer)))
        predicted = [text for text in predicted if text not in layers or text in actual]
    return predicted == actual and _losers(outcome) <= _losers(step.outcome)


def _losers(outcome: Removed) -> frozenset[ImageId]:
    """Return the images that lost a name."""
    return frozenset(record.image_id for record in outcome.records if isinstance(record, Untagged))


def _texts(records: Iterable[Record]) -> list[str]:
    """Return Docker's lines: what makes two records the same, whatever is known of their sizes."""
    return [line(record) for record in records]
