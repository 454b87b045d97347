"""Private answers, as messages."""

from typing import assert_never

from bot.approval.digest import code as plan_code
from bot.approval.digest import digest
from bot.approval.policy import Allowed, Forbidden, NeedsApproval
from bot.approval.request import Request, State
from bot.audit.query import HistoryRecord
from bot.command.help import HelpText, Line
from bot.flows.answers import Answer, AskedFor, Detailed, Explained, Listed, Planned, Sentence, Told, TooLate
from bot.flows.pages import Page, page_text
from bot.flows.ports import Button
from bot.images.ids import short
from bot.slack.blocks import VALUE, Block, Said, actions, button, context, header, said, section
from bot.slack.mrkdwn import approver, code, count, date, escape, mention, preformatted, size
from bot.slack.request_message import headline, request_message, small_print, standing, story, withdraw
from bot.slack.steps import plan_blocks, removals
from bot.slack.timeline import told_event

DETAILED_STEPS = 25
DETAILED_EVENTS = 20
LINES = 30
"""Lines of a list in one block: with long names these still fit its limit."""
PAGES = 3


def reply(answer: Answer) -> Said:
    """Return *answer* as the message that one person sees."""
    match answer:
        case Sentence(text=text, hint=hint):
            return said(text, (section(escape(text)), context(escape(hint)) if hint else None))
        case Planned():
            return _planned(answer)
        case AskedFor(request=request):
            return _asked_for(request)
        case TooLate(request=request):
            return _too_late(request)
        case Listed():
            return _listed(answer)
        case Told():
            return _told(answer)
        case Detailed():
            return _detailed(answer)
        case Explained(help=text):
            return _help(text)
        case _:
            assert_never(answer)


def _planned(answer: Planned) -> Said:
    plan = answer.plan
    goes = (
        f"{removals(plan)} would be removed from {plan.host}"
        if plan.removes
        else f"Nothing can be removed from {plan.host}"
    )
    can_ask = plan.removes and not isinstance(answer.verdict, Forbidden) and len(answer.ask) <= VALUE
    return said(
        f"{goes}. Nothing has been removed.",
        (
            header(f"📋 {goes}"),
            *plan_blocks(plan),
            context(f"{_ruling(answer)}plan `{plan_code(digest(plan))}` · nothing has been removed"),
            actions([button(Button.ASK, "Ask for approval", answer.ask, style="primary")] if can_ask else []),
        ),
    )


def _ruling(answer: Planned) -> str:
    """Return what the policy says of a plan; nothing where there is nothing to approve."""
    if not answer.plan.removes:
        return ""
    match answer.verdict:
        case Allowed():
            return "Allowed without an approval · "
        case NeedsApproval(needs=needs):
            return f"Needs {count(needs.count, 'approval')} from {', '.join(map(approver, needs.approvers))} · "
        case Forbidden(why=why):
            return f"{escape(why)} "
        case _:
            assert_never(answer.verdict)


def _asked_for(request: Request) -> Said:
    asked = f"Asked as request {request.id}" if request.state is State.PENDING else headline(request)
    return said(
        f"{asked}. {removals(request.plan)} on {request.plan.host}.",
        (
            header(f"📋 {headline(request)}"),
            *story(request),
            context(f"{asked} · {standing(request)}", small_print(request)),
            actions([withdraw(request)] if request.state is State.PENDING else []),
        ),
    )


def _too_late(request: Request) -> Said:
    text = f"{headline(request)}. Your click changed nothing."
    return said(
        text, (section(f"*{escape(headline(request))}.* Your click changed nothing."), context(standing(request)))
    )


def _told(answer: Told) -> Said:
    asked = f" for {' '.join(answer.words)}" if answer.words else ""
    if not answer.records:
        hint = "`/img history` shows the newest." if answer.words else "Nothing was removed yet."
        return said(f"No record{asked}.", (section(escape(f"No record{asked}.")), context(hint)))
    older = [button(Button.OLDER, "Older", page)] if (page := _older(answer)) else []
    title = f"What was removed{asked}, newest first"
    return said(title, (section(f"*{escape(title)}*"), *map(_record, _grouped(answer.records)), actions(older)))


def _older(answer: Told) -> str:
    if answer.older is None:
        return ""
    page = page_text(Page(words=answer.words, before=answer.older))
    return page if len(page) <= VALUE else ""


def _grouped(records: tuple[HistoryRecord, ...]) -> list[list[HistoryRecord]]:
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
    return section(
        f"*{escape(first.host)}* {code(short(first.image_id))} {of} — {what}\n{who}{approved} {date(first.at)}{request}"
    )


def _detailed(answer: Detailed) -> Said:
    message = request_message(answer.request, most=DETAILED_STEPS)
    events = [told_event(event) for event in answer.timeline]
    hidden = len(events) - DETAILED_EVENTS
    shown = [f"… {count(hidden, 'earlier event')}"] * (hidden > 0) + events[-DETAILED_EVENTS:]
    kept = (block for block in message.blocks if block["type"] != "actions")
    return said(message.text, (*kept, section("*Timeline*\n" + "\n".join(shown))))


def _listed(answer: Listed) -> Said:
    title = f"{count(len(answer.rows), 'image')} on {answer.inventory.host}"
    return said(title, (section(f"*{escape(title)}*"), *_pages(_rows(answer))))


def _pages(lines: list[str]) -> list[Block]:
    """Return *lines* in as many blocks as they need, at most three, and how many are left."""
    pages = [lines[at : at + LINES] for at in range(0, len(lines), LINES)]
    left = sum(map(len, pages[PAGES:]))
    more = [context(f"… and {count(left, 'more line')}: name a repository or a filter to see fewer.")] if left else []
    return [*(section(preformatted(tuple(page))) for page in pages[:PAGES]), *more]


def _rows(answer: Listed) -> list[str]:
    """Return the images as ``docker image ls`` prints them: a line for each name."""
    lines: list[str] = []
    for row in answer.rows:
        identifier = row.image.id if answer.no_trunc else short(row.image.id)
        if answer.quiet:
            lines.append(identifier)
            continue
        shown = [r.familiar for r in row.references if answer.digests or not r.digest] or ["<none>"]
        lines += [f"{identifier}  {size(row.image.size):>9}  {name}" for name in shown]
    return lines


def _help(text: HelpText) -> Said:
    examples = [_typed(line) for line in text.examples]
    sections = [f"*{escape(part.title)}*\n" + "\n".join(map(_typed, part.lines)) for part in text.sections]
    return said(
        f"{text.title}. {text.says}",
        (
            section(f"*{escape(text.title)}*\n{escape(text.says)}\n{code(text.usage)}"),
            section("\n".join(examples)),
            *map(section, sections),
        ),
    )


def _typed(line: Line) -> str:
    return f"{code(line.typed)} — {escape(line.says)}"
