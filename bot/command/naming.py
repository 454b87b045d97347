"""Which words name an image. Every other is refused here, before anything looks for it.

An unchecked word such as ``../containers/x`` in the path of an API call would reach something else than an image.
"""

import re

from bot.command.commands import ImageWord
from bot.command.refusal import COMMAND, NotUnderstood, code
from bot.command.words import Word, quote
from bot.images.ids import full_id, partial_id
from bot.images.reference import Reference, parse

_HUB = re.compile(r"^hub\.docker\.com/(?:_|r)/")
"""How the address of an image's page begins, with or without an owner in its name."""
_NAMED = "An image is named redis, redis:7.2, redis@sha256:… or by its ID."


def image_word(word: Word) -> ImageWord | NotUnderstood:
    """Return *word* where it is an ID or a reference, and otherwise why it is not, with what may have been meant."""
    if not word.glob and _names_an_image(word.text):
        return ImageWord(word.text)
    meant = next(filter(_names_an_image, _perhaps(word.text)), None)
    question = f" Did you mean {code(meant)}?" if meant else ""
    if word.glob or "*" in word.text:
        return NotUnderstood(
            message=f"{code(word.text)} is not an image name: only ls takes patterns.{question}",
            hint=f"For all that match: {COMMAND} rm $(ls -q {quote(word.text)})",
        )
    return NotUnderstood(message=f"{code(word.text)} is not an image name.{question}", hint=_NAMED)


def _names_an_image(text: str) -> bool:
    return bool(full_id(text) or partial_id(text)) or isinstance(parse(text), Reference)


def _perhaps(text: str) -> tuple[str, ...]:
    """Return what *text* is without the damage that names suffer: capitals, an address before, a comma after, bold."""
    bare = _HUB.sub("", text.partition("://")[2] or text).strip("*_~")
    return bare, bare.strip(",.;:/"), bare.strip(",.;:/").lower()
