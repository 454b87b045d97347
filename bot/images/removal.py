"""A removal, what it does, and a plan of several: the words everything else speaks."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from bot.images.grades import Graded
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Untagged:
    """Docker's ``Untagged:`` record: a reference in its familiar form, and the image that it named."""

    reference: str
    image_id: ImageId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedImage:
    """Docker's ``Deleted:`` record of an image."""

    image_id: ImageId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedLayer:
    """Docker's ``Deleted:`` record of a layer: its size where that is known, and the image that it went with."""

    chain_id: ChainId
    image_id: ImageId
    bytes: int | None = None


Record = Untagged | DeletedImage | DeletedLayer


def line(record: Record) -> str:
    """Return what ``docker image rm`` prints of one record."""
    match record:
        case Untagged(reference=reference):
            return f"Untagged: {reference}"
        case DeletedImage(image_id=image_id):
            return f"Deleted: {image_id}"
        case DeletedLayer(chain_id=chain_id):
            return f"Deleted: {chain_id}"
        case _:
            assert_never(record)


class Refusal(StrEnum):
    """Why nothing is removed: the HTTP status that a daemon answers with, as a word, or our own protection."""

    INVALID = "invalid"  # 400
    NOT_FOUND = "not-found"  # 404
    CONFLICT = "conflict"  # 409
    FAILED = "failed"  # 500
    PROTECTED = "protected"  # by a rule of ours; Docker is not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The daemon did it; ``records`` are in its order.

    ``answer`` is the text that it answered with; it says nothing that is not in the rest, and is for the record.
    """

    records: tuple[Record, ...]
    answer: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The daemon did nothing, with the words it gave (without ``Error response from daemon:``)."""

    refusal: Refusal
    message: str
    answer: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody knows what the daemon did: it did not answer, or not in a way that can be read.

    Never to be taken for "nothing happened".
    """

    message: str
    answer: str = field(default="", compare=False, repr=False)


Outcome = Removed | Refused | Unknown


class Certainty(StrEnum):
    """How sure a part of a prediction is."""

    EXACT = "exact"
    AT_MOST = "at-most"
    ABOUT = "about"  # of bytes alone


class Part(StrEnum):
    """What of a prediction is in doubt."""

    LAYERS = "layers"  # fewer of them may go
    OUTCOME = "outcome"  # Docker may refuse it, or stop after a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why a part of a prediction is *at most*: a sentence without its full stop."""

    part: Part
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """The bytes of the layers that go with a removal, None where they are not known.

    ``why`` says why they are not exact.
    """

    bytes: int | None = 0
    certainty: Certainty = Certainty.EXACT
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One call of ``DELETE /images/{name}``.

    ``word`` is what the person typed. ``target`` is what is sent in its place: the full image ID where the word meant
    an ID, or a name that does the same as the ID; otherwise the whole reference. None where it means nothing that this
    daemon holds, or is refused as nothing else would be, so that nothing is sent. ``image_id`` is the image it meant
    when planned.
    """

    word: str
    target: str | None
    image_id: ImageId | None
    force: bool = False
    prune: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What keeps an image, a name or a layer where it is.

    ``kind`` is "image", "container", "mount" (a container that has it mounted), "reference", "guard" (that keeps it for
    an undo), "child" or "rule" (that protects it); ``name`` is what a person calls it; ``detail`` more of it, such as a
    container's state.
    """

    kind: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Something that a removal leaves, and for whom.

    ``layers`` counts the layers that stay, of ``of_layers`` that the image has, and is 0 where the whole image stays;
    ``bytes`` is their size, of ``of_bytes``, where known. ``more`` counts the holders that are not named.
    """

    image_id: ImageId
    layers: int
    bytes: int | None
    holders: tuple[Holder, ...]
    more: int = 0
    of_layers: int = 0
    of_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A removal with its predicted outcome, on what the steps before it leave.

    What is in none of its ``doubts`` is exact. ``hint`` is what to do next where nothing can be removed, such as the
    closest names.
    """

    removal: Removal
    outcome: Removed | Refused
    stays: tuple[Stays, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    freed: Freed = Freed()
    hint: str = ""

    @property
    def word(self) -> str:
        """What was typed for it."""
        return self.removal.word

    @property
    def certainty(self) -> Certainty:
        """How sure the step as a whole is."""
        return Certainty.AT_MOST if self.doubts else Certainty.EXACT

    def doubtful(self, part: Part) -> bool:
        """Whether a part of the prediction is in doubt."""
        return any(doubt.part is part for doubt in self.doubts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Removals on one host, simulated left to right.

    ``command`` is the canonical text of what was asked; ``notes`` are sentences for the reader; ``graded`` has how each
    image that goes can be had back, where that was looked into. Where the
    plan can be undone for a while, ``reclaims`` are the removals of the guards when that is over (``undoable.py``).
    """

    host: str
    daemon_id: str
    store: Store
    command: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    graded: tuple[Graded, ...] = ()
    reclaims: tuple[Step, ...] = ()

    @property
    def removes(self) -> bool:
        """Whether any step removes something."""
        return any(isinstance(step.outcome, Removed) for step in self.steps)
