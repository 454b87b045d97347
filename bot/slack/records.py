"""What the record has: of images that went, a block for each image in each request; and of what removed nothing."""

from collections.abc import Sequence
from itertools import groupby

from bot.approval.notes import Refusal
from bot.approval.request import Request
from bot.audit.query import HistoryRecord, Summary
from bot.db.reading import Entry
from bot.db.store import RecordedEvent
from bot.images.ids import short
from bot.slack.blocks import Block, section
from bot.slack.mrkdwn import code, count, date, escape, mention, prose, size

LONG = 500
"""Letters of what was typed, answered or given as a reason that a list shows."""


def record_blocks(entries: Sequence[Entry]) -> tuple[Block, ...]:
    """Return records as blocks, those that went together in one; each request and each refusal in one of its own."""
    blocks: list[Block] = []
    for kind, together in groupby(entries, type):
        some = list(together)
        if kind is HistoryRecord:
            blocks += map(_record, grouped([each for each in some if isinstance(each, HistoryRecord)]))
        else:
            blocks += map(_unremoved, some)
    return tuple(blocks)


def _unremoved(entry: Entry) -> Block:
    if isinstance(entry, Request):
        asked = f"asked by {mention(entry.requester)} {date(entry.asked_at)} · request {entry.id}"
        typed = code(shortened(entry.plan.command))
        return section(f"*{escape(entry.plan.host)}* {typed} — {ended(entry)}\n{asked}")
    if isinstance(entry, RecordedEvent) and isinstance(entry.event, Refusal):
        refusal = entry.event
        about = f" · request {refusal.request_id}" if refusal.request_id else ""
        answer = f"{code(refusal.action)} — {prose(shortened(refusal.answer))}"
        return section(f"{answer}\nrefused to {mention(refusal.by)} {date(entry.at)}{about}")
    raise AssertionError(entry)  # no other event is answered with


def shortened(text: str) -> str:
    """Return a text that has a block to itself; what is longer is in ``show``."""
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"


def ended(request: Request) -> str:
    """Return how a request stands, and by whom and why where somebody ended it."""
    closing = request.closing
    by = f" by {mention(closing.by)}" if closing and closing.by else ""
    why = f": {escape(shortened(closing.why))}" if closing and closing.why else ""
    return f"{request.state.value}{by}{why}"


def grouped(records: Sequence[HistoryRecord]) -> list[list[HistoryRecord]]:
    """Return the records in groups that went together: same request, same image."""
    groups: list[list[HistoryRecord]] = []
    for record in records:
        if groups and (groups[-1][0].request, groups[-1][0].image_id) == (record.request, record.image_id):
            groups[-1].append(record)
        else:
            groups.append([record])
    return groups


def _record(group: list[HistoryRecord]) -> Block:
    first = group[0]
    names = ", ".join(map(code, untagged(group)))
    of = "" if names else " ".join(code(name) for name in first.names[:1])
    what = "; ".join(part for part in (f"{names} untagged" if names else "", deleted(group)) if part)
    who = f"asked by {mention(first.requester)}" if first.requester else "outside the bot"
    approved = ", approved by " + ", ".join(map(mention, first.approvers)) if first.approvers else ""
    request = f" · request {first.request}" if first.request else ""
    request += " · 🚨 without an approval" if first.break_glass else ""
    when = f"between {date(first.earliest)} and {date(first.at)}" if first.earliest else date(first.at)
    return section(
        f"*{escape(first.host)}* {code(short(first.image_id))} {of} — {what}\n{who}{approved} {when}{request}"
    )


def untagged(group: Sequence[HistoryRecord]) -> list[str]:
    """Return the names that went together."""
    return [record.reference for record in group if record.reference]


def deleted(group: Sequence[HistoryRecord]) -> str:
    """Return what else went with them: the image, its layers, and the bytes of these."""
    layers = [r for r in group if r.chain_id]
    known = None if any(r.bytes is None for r in layers) else sum(r.bytes or 0 for r in layers)
    gone = "image deleted" if any(r.kind == "deleted" and not r.chain_id for r in group) else ""
    freed = f"{count(len(layers), 'layer')} deleted, {size(known)} freed" if layers else ""
    return "; ".join(part for part in (gone, freed) if part)


def summary_line(summary: Summary) -> str:
    """Return in one line what a query finds."""
    parts = (
        count(summary.images, "image") if summary.images else "",
        count(summary.names, "name") if summary.names else "",
        count(summary.layers, "layer") if summary.layers else "",
        f"{size(summary.bytes)} freed" if summary.bytes else "",
        f"{summary.people} {'person' if summary.people == 1 else 'people'}",
        f"{count(summary.outside, 'removal')} outside the bot" if summary.outside else "",
    )
    told = ", ".join(part for part in parts if part)
    return told if summary.complete else f"the newest {summary.records:,} records: {told}"
