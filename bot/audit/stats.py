"""What was removed in a period, in numbers, and how good our own predictions were."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.approval.request import Request, State, StepState
from bot.images.reference import Reference, parse
from bot.images.removal import Plan, Refused, Removed, Step, line

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
class Part:
    """What went of one image: its host, who asked (empty where it went outside the bot), the names that it lost."""

    host: str
    user: str
    lost: tuple[str, ...]
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

    steps: int
    as_planned: int
    measured: int
    near: int
    predicted: int
    freed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """A period in numbers. The first of each kind freed the most. ``refused`` are clicks and commands without effect.

    ``requests`` are those that were asked for in the period, by how they stand. Where there are very many, the accuracy
    is that of the newest, and ``complete`` is False.
    """

    since: datetime
    hosts: tuple[Went, ...]
    people: tuple[Went, ...]
    repositories: tuple[Went, ...]
    requests: tuple[tuple[State, int], ...]
    refused: int
    accuracy: Accuracy
    complete: bool = True


def by(parts: Iterable[Part], name: Callable[[Part], str]) -> tuple[Went, ...]:
    """Return what went by one thing or another that *parts* have, most bytes first."""
    sums: dict[str, list[int]] = {}
    for part in parts:
        counted = (part.images, part.names, part.layers, part.bytes)
        sums[name(part)] = [a + b for a, b in zip(sums.get(name(part), (0, 0, 0, 0)), counted, strict=True)]
    made = (
        Went(name=each, images=images, names=names, layers=layers, bytes=freed)
        for each, (images, names, layers, freed) in sums.items()
    )
    return tuple(sorted(made, key=lambda went: (-went.bytes, -went.images, went.name)))


def repository(part: Part) -> str:
    """Return the repository of the first name that an image lost."""
    found = parse(part.lost[0]) if part.lost else None
    return found.familiar_repository if isinstance(found, Reference) else NAMELESS


def as_planned(step: Step, state: StepState) -> bool:
    """Return whether the daemon did what was predicted: the same lines, or a refusal where one was expected."""
    match step.outcome, state.outcome:
        case Removed(records=predicted), Removed(records=came):
            return sorted(map(line, predicted)) == sorted(map(line, came))
        case Refused(), Refused():
            return True
        case _:
            return False


def accuracy(requests: Iterable[Request]) -> Accuracy:
    """Return how good the predictions of these requests were."""
    told: list[bool] = []
    weighed: list[tuple[int, int]] = []
    for request in requests:
        if not isinstance(request.plan, Plan):
            continue  # it removed nothing
        steps = list(zip(request.plan.steps, request.steps, strict=True))
        told += [as_planned(step, state) for step, state in steps if isinstance(state.outcome, Removed | Refused)]
        predicted = [step.freed.bytes for step, state in steps if isinstance(state.outcome, Removed)]
        known = [each for each in predicted if each is not None]
        if request.measured is not None and len(known) == len(predicted):
            weighed.append((sum(known), request.measured))
    return Accuracy(
        steps=len(told),
        as_planned=sum(told),
        measured=len(weighed),
        near=sum(abs(predicted - freed) * NEAR <= freed for predicted, freed in weighed),
        predicted=sum(predicted for predicted, _ in weighed),
        freed=sum(freed for _, freed in weighed),
    )
