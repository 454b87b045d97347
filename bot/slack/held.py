"""Why an image is there, or that it is gone: names first, then who holds it, then its layers."""

from collections.abc import Sequence

from bot.audit.query import HistoryRecord
from bot.flows.answers import Gone, Held
from bot.images.ids import short
from bot.images.why import Share, Why
from bot.slack.blocks import Block, Said, context, said, section
from bot.slack.holders import named
from bot.slack.mrkdwn import code, count, escape, shortened, size
from bot.slack.records import record_blocks
from bot.slack.steps import planned_step

NAMES = 10


def held(answer: Held) -> Said:
    """Return what holds an image, and what removing it would do."""
    why = answer.why
    name = why.references[0].familiar if why.references else short(why.image.id)
    return said(
        f"{shortened(name)} on {why.host}: {_in_short(why)}.",
        (
            section(_headline(why, name)),
            section("\n".join(_lines(why))),
            section(f"Removing it now would be:\n{planned_step(why.removal)}") if why.removal else None,
            context("Nothing has been removed."),
        ),
    )


def _headline(why: Why, name: str) -> str:
    called, host = escape(shortened(name)), escape(why.host)
    return f"*{called}* ({code(short(why.image.id))}) on *{host}*, {size(why.image.size)}"


def _in_short(why: Why) -> str:
    if why.containers:
        return f"used by {count(len(why.containers), 'container')}"
    if why.children:
        return f"{count(len(why.children), 'image')} built on it"
    others = len(why.references) - 1
    return f"also called {count(others, 'other name')}" if others > 0 else "nothing but its name holds it"


def _lines(why: Why) -> list[str]:
    names = [code(shortened(reference.familiar)) for reference in why.references]
    lines = [f"• Names: {_few(names)}" if names else "• It has no name."]
    if why.containers:
        lines.append(f"• Containers: {named(why.containers, 0)}")
    if why.children:
        lines.append(f"• Built on it: {_few([escape(shortened(child)) for child in why.children])}")
    if why.kept:
        lines.append(f"• {escape(why.kept[0].upper() + why.kept[1:])}")
    if why.rules:
        lines.append(f"• Protected by {named(why.rules, 0)}")
    return [*lines, *map(_share, why.shares)]


def _share(share: Share) -> str:
    known = "" if share.bytes is None else f" ({size(share.bytes)})"
    layers = f"• {count(share.layers, 'layer')}{known}"
    return f"{layers} also in {named(share.holders, share.more)}" if share.holders else f"{layers} in nothing else"


def _few(names: list[str]) -> str:
    more = len(names) - NAMES
    return ", ".join(names[:NAMES]) + (f" and {more} more" if more > 0 else "")


def gone(answer: Gone) -> Said:
    """Return that an image is not there, and what the record has of it."""
    text = f"{answer.message} on {answer.host}."
    found: tuple[Block, ...] = record_blocks(answer.records)
    told = [section(f"*What the record has of {escape(answer.word)}, newest first*"), *found] if found else []
    hint = answer.hint or ("" if found else "The record has nothing of it either. `/img ls` shows what is there.")
    back = _back(answer.records)
    return said(
        text, (section(escape(text)), context(escape(hint)) if hint else None, *told, context(back) if back else None)
    )


def _back(records: Sequence[HistoryRecord]) -> str:
    """Return how what went can be had back, as far as it is on record: by a request, or by hand where there is none."""
    for record in records:
        if record.request:
            return f"{code(f'/img restore {record.request}')} asks for what that request removed to be put back"
        digests = [name for name in (record.reference or "", *record.names) if "@" in name]
        if digests:
            return (
                f"no request removed it; {code(f'docker pull {digests[0]}')} on {escape(record.host)} may bring it back"
            )
    return ""
