"""Commands as values: what is typed into a world."""

from dataclasses import dataclass
from enum import StrEnum, auto

from tests.contract.making import Made


class Form(StrEnum):
    """How a word speaks of an image."""

    NAME = auto()
    FULL_ID = auto()
    HEX_ID = auto()
    SHORT_ID = auto()
    SHORT_ID_WITH_ALGORITHM = auto()
    UPPER_ID = auto()
    DIGEST = auto()
    TAG_AND_DIGEST = auto()
    ANY_TAG_AND_DIGEST = auto()
    OTHER_REPOSITORY_AND_DIGEST = auto()
    HIDDEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a command.

    ``of`` is a name as typed, in which ``{registry}`` and ``{label:.6}`` stand for what they do in a world; or an
    image's label where the form is an ID or a digest.
    """

    of: str
    form: Form = Form.NAME
    digits: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One ``docker image rm``, of whatever world."""

    words: tuple[Word, ...]
    force: bool = False
    prune: bool = True


class Way(StrEnum):
    """By what a command is given."""

    SDK = "SDK"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One ``docker image rm``, word for word."""

    words: tuple[str, ...]
    force: bool
    prune: bool
    way: Way


def worded(command: Command, made: Made, way: Way) -> Typed:
    """Return a command with the words of a world that was made."""
    words = tuple(typed(word, made) for word in command.words)
    return Typed(words=words, force=command.force, prune=command.prune, way=way)


def typed(word: Word, made: Made) -> str:
    """Return what is typed for a word in a world that was made."""
    match word.form:
        case Form.NAME:
            return made.named(word.of)
        case Form.DIGEST | Form.TAG_AND_DIGEST | Form.ANY_TAG_AND_DIGEST | Form.OTHER_REPOSITORY_AND_DIGEST:
            return _by_digest(word.form, made.digests[word.of])
        case Form.HIDDEN:
            return f"moby-dangling@{made.ids[word.of]}"
        case _:
            return _by_id(word, made.ids[word.of])


def _by_id(word: Word, image_id: str) -> str:
    digits = image_id.removeprefix("sha256:")
    match word.form:
        case Form.FULL_ID:
            return image_id
        case Form.HEX_ID:
            return digits
        case Form.SHORT_ID:
            return digits[: word.digits]
        case Form.SHORT_ID_WITH_ALGORITHM:
            return f"sha256:{digits[: word.digits]}"
        case Form.UPPER_ID:
            return digits[: word.digits].upper()
        case _:
            raise AssertionError(word.form)


def _by_digest(form: Form, whole: str) -> str:
    """Return a word from ``name:tag@digest``."""
    tagged, _, digest = whole.partition("@")
    name = tagged.rpartition(":")[0]
    match form:
        case Form.DIGEST:
            return f"{name}@{digest}"
        case Form.TAG_AND_DIGEST:
            return whole
        case Form.ANY_TAG_AND_DIGEST:
            return f"{name}:any@{digest}"
        case Form.OTHER_REPOSITORY_AND_DIGEST:
            return f"alpha@{digest}"
        case _:
            raise AssertionError(form)
