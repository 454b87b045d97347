"""Which page of the record a button leads to, as text that the button carries."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The records that *words* find: older than record number *before*, or next newer than record number *after*."""

    words: tuple[str, ...]
    before: int | None = None
    after: int | None = None


def page_text(page: Page) -> str:
    """Return what a button to *page* carries."""
    place = page.before if page.after is None else -page.after
    return json.dumps([place, *page.words], ensure_ascii=False)


def page_of(text: str) -> Page | None:
    """Return the page that a button carries; None where the text is not ours."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    match value:
        case [int(place), *words] if type(place) is int and place and all(isinstance(word, str) for word in words):
            if place < 0:
                return Page(words=tuple(words), after=-place)
            return Page(words=tuple(words), before=place)
        case [None, *words] if all(isinstance(word, str) for word in words):
            return Page(words=tuple(words))
        case _:
            return None
