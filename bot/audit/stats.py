"""What was removed in a period, in numbers, and how good our own predictions were."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.approval.request import State
from bot.images.removal import Refused, Removed, line
from bot.images.restoral import NotPutBack, StepOutcome

NEAR = 100
"""A prediction is near where it is off by no more than one part in so many."""
NAMELESS = "<none>"
OUTSIDE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """What went of one host, by one person's doing, or of one repository; bytes as far as they are known."""

    name: str
    images: int
    names: int
    layers: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How what was predicted compares with what came.

    ``steps`` were answered by the daemon, ``as_planned`` of them with the lines that were predicted. Of ``measured``
    requests it is known how much less their hosts' layers took in the end: ``freed`` bytes, where ``predicted`` were
    predicted; ``near`` of these requests were off by at most 1 %.
    """

    steps: int = 0
    as_planned: int = 0
    measured: int = 0
    near: int = 0
    predicted: int = 0
    freed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """A period in numbers. The first of each kind freed the most. ``refused`` are clicks and commands without effect.

    ``since`` is the beginning of an hour. ``requests`` are those that were asked for in the period, by how they stand.
    """

    since: datetime
    hosts: tuple[Went, ...]
    people: tuple[Went, ...]
    repositories: tuple[Went, ...]
    requests: tuple[tuple[State, int], ...]
    refused: int
    accuracy: Accuracy


def most_first(went: Iterable[Went]) -> tuple[Went, ...]:
    """Return them in the order in which they are told, most bytes first."""
    return tuple(sorted(went, key=lambda each: (-each.bytes, -each.images, each.name)))


def repository(names: str) -> str:
    """Return the repository of the first of the *names* that an image lost, in their familiar forms."""
    name = names.partition(" ")[0].partition("@")[0]
    path, colon, tag = name.rpartition(":")
    return (path if colon and "/" not in tag else name) or NAMELESS  # otherwise it is the port of a registry


def both(one: Accuracy, other: Accuracy) -> Accuracy:
    """Return the two together."""
    return Accuracy(**{name: getattr(one, name) + getattr(other, name) for name in Accuracy.__slots__})


def of_step(predicted: StepOutcome | NotPutBack, came: StepOutcome) -> Accuracy:
    """Return how a step's outcome compares with what was predicted: the same lines, or a refusal where one was.

    What puts images back, and what nobody knows the outcome of, does not count.
    """
    match predicted, came:
        case Removed(records=expected), Removed(records=records):
            return Accuracy(steps=1, as_planned=int(sorted(map(line, expected)) == sorted(map(line, records))))
        case Refused(), Refused():
            return Accuracy(steps=1, as_planned=1)
        case (Removed(), Refused()) | (Refused(), Removed()):
            return Accuracy(steps=1)
        case _:
            return Accuracy()


def of_measurement(predicted: int | None, freed: int) -> Accuracy:
    """Return how what was *freed* compares with what was *predicted*, where anything was."""
    if predicted is None:
        return Accuracy()
    near = abs(predicted - freed) * NEAR <= freed
    return Accuracy(measured=1, near=int(near), predicted=predicted, freed=freed)
