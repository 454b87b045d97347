"""How well what goes can be had back: a grade for each image that a plan deletes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.images.ids import ImageId


class Grade(StrEnum):
    """How what is removed can be had back, as far as that is known."""

    REPULLABLE = "re-pullable"  # a registry answered for it
    UNKNOWN = "unknown"
    ONLY_COPY = "only-copy"  # no registry has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """The grade of one image that goes.

    ``reference`` is the ``name@digest`` that a registry was asked for and that decided, and empty where there is none
    to ask for; ``asked_at`` is when the registry answered, or did not. ``why`` is a sentence without its full stop, and
    empty where the image is re-pullable.
    """

    image_id: ImageId
    grade: Grade
    reference: str = ""
    asked_at: datetime | None = None
    why: str = ""
