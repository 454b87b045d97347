"""Putting images back: what was on record of them, what pulling and tagging would do, and a plan of several."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from bot.images.grades import Graded
from bot.images.ids import ImageId, short
from bot.images.inventory import Store
from bot.images.removal import Outcome, Plan, Refused, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A reference by digest that was pulled, and the image that it names then."""

    reference: str
    image_id: ImageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A name that an image was given back, in its familiar form."""

    reference: str
    image_id: ImageId


Gain = Pulled | Tagged
"""What a host has again."""


def gain_line(gain: Gain) -> str:
    """Return one gain in the manner of Docker's own lines for what is removed."""
    match gain:
        case Pulled(reference=reference):
            return f"Pulled: {reference}"
        case Tagged(reference=reference):
            return f"Tagged: {reference}"
        case _:
            assert_never(gain)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """It is, or would be, put back; ``gains`` are in the order in which they come.

    ``left`` says in sentences without their full stop what is left as it is, and why.
    """

    gains: tuple[Gain, ...]
    left: tuple[str, ...] = ()


class Obstacle(StrEnum):
    """Why there is nothing to do, or nothing that can be done."""

    PRESENT = "present"  # the image is there, by all its names
    TAKEN = "taken"  # other images have its names now
    NO_DIGEST = "no-digest"  # it went, and by no digest on record can it be pulled


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPutBack:
    """It would not be put back, and why: a sentence without its full stop."""

    obstacle: Obstacle
    message: str


StepOutcome = Outcome | PutBack
"""What came of a step, whichever kind of plan it is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoral:
    """One image as it was before a removal took it, or names of it.

    ``source`` is the ``name@digest`` to pull it by, None where no digest is on record; ``names`` are the tags that it
    lost, in their familiar form.
    """

    image_id: ImageId
    source: str | None
    names: tuple[str, ...]

    @property
    def word(self) -> str:
        """What a person calls it: its first name, or else the digest or the ID."""
        return (*self.names, self.source or short(self.image_id))[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreStep:
    """A restoral with its predicted outcome, on what the steps before it leave."""

    restoral: Restoral
    outcome: PutBack | NotPutBack

    @property
    def word(self) -> str:
        """What a person calls the image."""
        return self.restoral.word


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan:
    """What one request removed, to be put back on its host.

    ``of`` is the number of that request. ``command`` and ``notes`` are as in a plan of removals.
    """

    host: str
    daemon_id: str
    store: Store
    command: str
    of: int
    steps: tuple[RestoreStep, ...]
    notes: tuple[str, ...] = ()

    @property
    def graded(self) -> tuple[Graded, ...]:
        """No grades: nothing goes."""
        return ()

    @property
    def reclaims(self) -> tuple[Step, ...]:
        """Nothing to be had back later: nothing goes."""
        return ()


AnyPlan = Plan | RestorePlan
AnyStep = Step | RestoreStep


def steps_of(plan: AnyPlan) -> tuple[AnyStep, ...]:
    """Return the steps of *plan*, whichever kind they are."""
    return plan.steps


def part(plan: AnyPlan, numbers: Sequence[int]) -> AnyPlan:
    """Return *plan* with these of its steps alone, counted from 0."""
    match plan:
        case Plan(steps=steps):
            return replace(plan, steps=tuple(steps[number] for number in numbers))
        case RestorePlan(steps=restorals):
            return replace(plan, steps=tuple(restorals[number] for number in numbers))
        case _:
            assert_never(plan)


def changing(plan: AnyPlan) -> tuple[int, ...]:
    """Return the steps of *plan*, counted from 0, that would change something on the host."""
    return tuple(number for number, step in enumerate(steps_of(plan)) if changes(step))


def changes(step: AnyStep) -> bool:
    """Whether *step* would change something on the host."""
    match step:
        case Step(outcome=outcome):
            return not isinstance(outcome, Refused)
        case RestoreStep(outcome=outcome):
            return isinstance(outcome, PutBack)
        case _:
            assert_never(step)
