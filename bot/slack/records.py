"""What the record has of images that went, a block for each image in each request."""

from collections.abc import Sequence

from bot.audit.query import HistoryRecord, Summary
from bot.images.ids import short
from bot.slack.blocks import Block, section
from bot.slack.mrkdwn import code, count, date, escape, mention, size


def record_blocks(records: Sequence[HistoryRecord]) -> tuple[Block, ...]:
    """Return records as blocks, those that went together in one."""
    return tuple(map(_record, _grouped(records)))


def _grouped(records: Sequence[HistoryRecord]) -> list[list[HistoryRecord]]:
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
    names = ", ".join(code(r.reference) for r in group if r.reference)
    of = "" if names else " ".join(code(name) for name in first.names[:1])
    layers = [r for r in group if r.chain_id]
    known = None if any(r.bytes is None for r in layers) else sum(r.bytes or 0 for r in layers)
    gone = "image deleted" if any(r.kind == "deleted" and not r.chain_id for r in group) else ""
    freed = f"{count(len(layers), 'layer')} deleted, {size(known)} freed" if layers else ""
    untagged = f"{names} untagged" if names else ""
    who = f"asked by {mention(first.requester)}" if first.requester else "outside the bot"
    approved = ", approved by " + ", ".join(map(mention, first.approvers)) if first.approvers else ""
    what = "; ".join(part for part in (untagged, gone, freed) if part)
    request = f" · request {first.request}" if first.request else ""
    request += " · 🚨 without an approval" if first.break_glass else ""
    when = f"between {date(first.earliest)} and {date(first.at)}" if first.earliest else date(first.at)
    return section(
        f"*{escape(first.host)}* {code(short(first.image_id))} {of} — {what}\n{who}{approved} {when}{request}"
    )


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
