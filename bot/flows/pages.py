"""Which page of the record a button leads to, as text that the button carries."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The records that *words* find and that are older than record number *before*."""

    words: tuple[str, ...]
    before: int


def page_text(page: Page) -> str:
    """Return what a button to *page* carries."""
    return json.dumps([page.before, *page.words], ensure_ascii=False)


def page_of(text: str) -> Page | None:
    """Return the page that a button carries; None where the text is not ours."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    match value:
        case [int(before), *words] if (
            before is not True and before > 0 and all(isinstance(word, str) for word in words)
        ):
            return Page(words=tuple(words), before=before)
        case _:
            return None
