"""Text that is safe to show: whatever comes from outside is escaped here, and only here is Slack's markup made."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import humanize

from bot.approval.notice import Part, UserGroup, Verbatim
from bot.approval.request import Person

_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Zero-width and direction-changing characters: they make one name look like another."""


DIGEST = len("sha256:") + 12
"""Characters of a digest that are shown where a person only compares."""


def plain(text: str) -> str:
    """Return *text* without control, zero-width and direction characters, for places where Slack parses nothing."""
    visible = _INVISIBLE.sub("", text)
    return "".join(c for c in visible if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"})


def escape(text: str) -> str:
    """Return *text* so that Slack shows it and does nothing else with it (docs.slack.dev, *Escaping text*)."""
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Return *text* in code font, on one line. A backquote in it would end the code, so it becomes an apostrophe."""
    return f"`{escape(text).replace('`', chr(39)).replace(chr(10), ' ')}`"


def preformatted(lines: tuple[str, ...]) -> str:
    """Return *lines* as a block in code font."""
    body = "\n".join(escape(line).replace("`", "'") for line in lines)
    return f"```{body}```"


def shortened(reference: str) -> str:
    """Return a reference with no more of its digest than tells it from others."""
    name, at, digest = reference.partition("@")
    return f"{name}@{digest[:DIGEST]}…" if at and len(digest) > DIGEST else reference


def mention(person: Person) -> str:
    """Return a person as Slack shows them."""
    return f"<@{person.user_id}>"


def approver(approver_id: str) -> str:
    """Return a user or a user group as Slack shows them."""
    return f"<!subteam^{approver_id}>" if approver_id.startswith("S") else f"<@{approver_id}>"


def date(at: datetime) -> str:
    """Return a time that Slack shows in the reader's time zone."""
    fallback = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def sentence(parts: Iterable[Part]) -> str:
    """Return a sentence with its people, groups and times as Slack shows them."""
    return "".join(map(_part, parts))


def _part(part: Part) -> str:
    match part:
        case Person():
            return mention(part)
        case UserGroup(id=group):
            return approver(group)
        case Verbatim(text=text):
            return preformatted(tuple(text.splitlines()))
        case datetime():
            return date(part)
        case _:
            return escape(part)


_MARKED = re.compile(r"<(?:@|!subteam\^|!date\^[^|>]*\|)([^>]*)>")


def unmarked(mrkdwn: str) -> str:
    """Return what was made here without Slack: IDs for people and groups, times in UTC, what was escaped as it was."""
    return _MARKED.sub(r"\1", mrkdwn).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def listed(texts: Sequence[str], room: int, between: str = ", ") -> str:
    """Return as many of *texts* as *room* characters hold, and how many more there are. They are already safe."""
    shown: list[str] = []
    for text in texts:
        room -= len(text) + len(between)
        if room < 0:
            break
        shown.append(text)
    left = len(texts) - len(shown)
    return between.join(shown) + (f"{' and ' if shown else ''}{left} more" if left else "")


def size(count: int | None) -> str:
    """Return a number of bytes as Docker prints sizes, in powers of 1000."""
    if not count:
        return "an unknown size" if count is None else "nothing"
    return humanize.naturalsize(count, format="%.1f").replace(".0 ", " ")


def count(number: int, noun: str, nouns: str = "") -> str:
    """Return a number and a noun in the right form: *nouns* where more than one are not just *noun* with an s."""
    return f"{number} {noun}" if number == 1 else f"{number or 'no'} {nouns or f'{noun}s'}"
