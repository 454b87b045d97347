"""What was predicted, made comparable with what the daemon answered and with what its command line printed.

Everything must be equal, but for what a prediction itself leaves open: layers that are *at most* to go may stay.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.images.ids import short
from bot.images.inventory import Container, Inventory
from bot.images.predict import Printed, printed
from bot.images.removal import DeletedLayer, Outcome, Part, Plan, Record, Refusal, Refused, Removed, Step, line

_CONTAINER = re.compile(r"(?<=container )[0-9a-f]{12}")
_OWN_WORDS = "20."
"""The command lines that have words of their own for what is not found: those of version 20."""


def doubtful(step: Step, part: Part) -> bool:
    """Whether a part of a prediction is in doubt."""
    return any(doubt.part is part for doubt in step.doubts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came, and what was to come, as they are to be equal."""

    actual: list[Outcome] | Printed
    predicted: list[Outcome] | Printed


def answers(made: Plan, inventory: Inventory, actual: Sequence[Outcome]) -> Compared:
    """Compare the answers to the steps with what was predicted of a daemon that holds *inventory*."""
    return Compared(
        actual=[_comparable(outcome, inventory) for outcome in actual],
        predicted=[_without(step, answer, inventory) for step, answer in zip(made.steps, actual, strict=True)],
    )


def _without(step: Step, actual: Outcome, inventory: Inventory) -> Outcome:
    """Return a predicted answer without the layers in doubt that the actual answer does not have."""
    predicted = _comparable(step.outcome, inventory)
    if not isinstance(predicted, Removed) or not doubtful(step, Part.LAYERS):
        return predicted
    told = {_unsized(record) for record in actual.records} if isinstance(actual, Removed) else set()
    kept = tuple(record for record in predicted.records if not isinstance(record, DeletedLayer) or record in told)
    return Removed(records=kept)


def _comparable(outcome: Outcome, inventory: Inventory) -> Outcome:
    """Return an outcome without what Docker does not tell (sizes of layers), or tells at random (which container)."""
    match outcome:
        case Removed(records=records):
            return Removed(records=tuple(_unsized(record) for record in records))
        case Refused(message=message):
            return replace(outcome, message=_wildcarded(message, inventory))
        case _:
            return outcome


def _unsized(record: Record) -> Record:
    return replace(record, bytes=None) if isinstance(record, DeletedLayer) else record


def _wildcarded(message: str, inventory: Inventory) -> str:
    """Return a message with an asterisk for a container that uses the image it speaks of: Docker names any of them."""
    found = _CONTAINER.search(message)
    users = {short(container.id) for container in inventory.containers if _uses(container, message)}
    return _CONTAINER.sub("*", message) if found and found[0] in users else message


def _uses(container: Container, message: str) -> bool:
    """Whether a container is of an image that the message speaks of, or has it mounted, as far as Docker tells.

    Of a mount whose name is gone it does not tell the image, and counts the container among those that use it.
    """
    images = [container.image_id, *(mount.image_id for mount in container.mounts)]
    return any(image_id is None or short(image_id) in message for image_id in images)


def output(made: Plan, inventory: Inventory, actual: Printed, version: str) -> Compared:
    """Compare what a command line of some version printed, likewise."""
    predicted = printed(made)
    if version.startswith(_OWN_WORDS):
        predicted = replace(predicted, stderr=tuple(_worded(step) for step in made.steps if _worded(step)))
    layers = {line(record) for step in made.steps if doubtful(step, Part.LAYERS) for record in _layers(step)}
    lines = tuple(text for text in predicted.stdout if text not in layers or text in actual.stdout)
    return Compared(
        actual=_readable(actual, inventory), predicted=_readable(replace(predicted, stdout=lines), inventory)
    )


def _worded(step: Step) -> str:
    """Return a refusal as the command line of 20.10 words it, which repeats the word as typed; empty for none."""
    if not isinstance(step.outcome, Refused):
        return ""
    if step.outcome.refusal is Refusal.NOT_FOUND:
        return f"Error: No such image: {step.removal.word}"
    return f"Error response from daemon: {step.outcome.message}"


def _layers(step: Step) -> list[DeletedLayer]:
    records = step.outcome.records if isinstance(step.outcome, Removed) else ()
    return [record for record in records if isinstance(record, DeletedLayer)]


def _readable(text: Printed, inventory: Inventory) -> Printed:
    """Return what was printed, with an asterisk for a container that Docker names at random."""
    return replace(text, stderr=tuple(_wildcarded(message, inventory) for message in text.stderr))
