"""Files that were given: what is said where they are, and what is said beside them."""

from typing import assert_never

from bot.audit.chain import head_text
from bot.flows.answers import Given
from bot.flows.uploads import About, Evidence, Export
from bot.slack.blocks import Said, context, said, section
from bot.slack.mrkdwn import code, count, cut, escape, size

HERE = "our direct messages"
WORDS = 500
"""Characters of what was asked; all of it is on record."""


def given(answer: Given) -> Said:
    """Return where the file is that somebody asked for."""
    where = linked(answer.link, HERE)
    text = f"{answer.name} ({size(answer.length)}) is in {HERE}"
    return said(
        f"{text}.",
        (
            section(f"{code(answer.name)} ({size(answer.length)}) is in {where}. Nobody else sees it there."),
            context(_about(answer.about)),
        ),
    )


def comment(about: About) -> str:
    """Return what is said beside a file, as Slack's markup: what it is, and what to do with it."""
    match about:
        case Export():
            return f"{_about(about)}\nColumns and keys: `docs/history.md`."
        case Evidence():
            return f"{_about(about)}\n{_how_to_check(about)}"
        case _:
            assert_never(about)


def title(about: About) -> str:
    """Return what a file is called beside its name. Nothing that somebody typed is in it."""
    match about:
        case Export():
            return "From the record"
        case Evidence(request=request):
            return f"Evidence for request {request}"
        case _:
            assert_never(about)


def linked(link: str, text: str) -> str:
    """Return *text* as a link, where Slack told one that is one."""
    sound = link.startswith(("https://", "http://")) and not set(link) & set("<>| \n")
    return f"<{link}|{escape(text)}>" if sound else escape(text)


def _about(about: About) -> str:
    match about:
        case Export(words=words, records=records, of=of):
            asked = f" that {code(cut(' '.join(words), WORDS))} finds" if words else ""
            return f"{count(records, of.value.removesuffix('s'))}{asked}, the newest first."
        case Evidence(request=request):
            return f"Every event of request {request} as it was sealed, and those between them."
        case _:
            assert_never(about)


def _how_to_check(about: Evidence) -> str:
    """Return how somebody checks the file without us."""
    head = code(head_text(about.last))
    why = (
        "That head stands in the audit channel: compare it with what was posted there."
        if about.posted
        else "No head after it was posted yet: ask again after the next checkpoint in the audit channel."
    )
    return (
        "To check it without imgbot: `python3 check_evidence.py FILE HEAD`. The script is in imgbot's `docs/`, needs"
        " nothing but Python, and is short enough to be read first. Each hash is the SHA-256 of the hash before it and"
        f" of the event in canonical JSON (RFC 8785).\nHEAD is {head}. {why}"
    )
