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


_EMOJI = re.compile(r":([^\s:]{1,100}):")
"""What Slack would show as an emoji, also in plain text."""
_UNFINISHED = re.compile(r"<[^>]*$|&[a-z]*$")
RATIO = "\u2236"
"""Looks like a colon and ends no emoji."""


def plain(text: str) -> str:
    """Return *text* without control, zero-width and direction characters."""
    visible = _INVISIBLE.sub("", text)
    return "".join(c for c in visible if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"})


def unparsed(text: str) -> str:
    """Return *text* for places where Slack parses no markup: ``:fire:`` stays five letters and two colons."""
    return _EMOJI.sub(rf":\1{RATIO}", plain(text))


def escape(text: str) -> str:
    """Return *text* on one line, so that Slack shows it and does nothing else with it.

    That is docs.slack.dev, *Escaping text*. A backquote would begin code that swallows what we say next, so it becomes
    an apostrophe.
    """
    return _entities(unparsed(text).replace("`", "'").replace("\n", " "))


def prose(text: str) -> str:
    """Return sentences of ours likewise, with their lines, and with what stands between backquotes as code."""
    return "\n".join(map(_spoken, text.split("\n")))


def _spoken(line: str) -> str:
    pieces = line.split("`")
    if len(pieces) % 2 == 0:  # one of them is not ours
        return escape(line)
    return "".join(code(piece) if at % 2 and piece else escape(piece) for at, piece in enumerate(pieces))


def quoted(text: str) -> str:
    """Return what somebody wrote as a quotation, with its lines."""
    return "\n".join(f">{line}" for line in map(escape, text.split("\n")))


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Return *text* in code font, on one line. A backquote in it would end the code, so it becomes an apostrophe."""
    return f"`{_entities(plain(text)).replace('`', chr(39)).replace(chr(10), ' ')}`"


def cut(text: str, limit: int) -> str:
    """Return *text*, or its beginning and an ellipsis where it is longer than *limit* characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clipped(mrkdwn: str, limit: int) -> str:
    """Return markup likewise, never ending within a mention, a time or an entity, and with its code closed."""
    if len(mrkdwn) <= limit:
        return mrkdwn
    kept = _UNFINISHED.sub("", mrkdwn[: limit - 4])
    fences = kept.count("```")
    closing = "```" if fences % 2 else "`" * ((kept.count("`") - 3 * fences) % 2)
    return f"{kept}{closing}…"


def preformatted(lines: tuple[str, ...]) -> str:
    """Return *lines* as a block in code font."""
    body = "\n".join(_entities(plain(line)).replace("`", "'").replace("\n", " ") for line in lines)
    return f"```{body}```"


def shortened(reference: str) -> str:
    """Return a reference with no more of its digest than tells it from others."""
    name, at, digest = reference.partition("@")
    return f"{name}@{digest[:DIGEST]}…" if at and len(digest) > DIGEST else reference


_ID = re.compile("[A-Z0-9]+")


def is_id(text: str) -> bool:
    """Whether *text* is an ID as Slack gives them."""
    return bool(_ID.fullmatch(text))


def mention(person: Person) -> str:
    """Return a person as Slack shows them."""
    return approver(person.user_id)


def approver(approver_id: str) -> str:
    """Return a user or a user group as Slack shows them; what is no ID of Slack's is only text."""
    if not is_id(approver_id):
        return escape(approver_id)
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
            return prose(part)


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
