"""Private answers, as messages."""

from collections.abc import Iterable
from typing import assert_never

from bot.approval.digest import code as plan_code
from bot.approval.digest import digest
from bot.approval.policy import Allowed, Forbidden, NeedsApproval
from bot.approval.printed import predicted
from bot.approval.request import Person, Request, State
from bot.command.help import HelpText, Line
from bot.flows.answers import (
    Answer,
    AskedFor,
    Counted,
    Detailed,
    Explained,
    FleetAskedFor,
    FleetDetailed,
    FleetPlanned,
    Given,
    Gone,
    Held,
    JoinedTo,
    Listed,
    Planned,
    Sentence,
    Told,
    TooLate,
    Verification,
)
from bot.flows.overviews import HostsTold, RequestsTold
from bot.flows.ports import Button
from bot.images.restoral import AnyPlan, RestorePlan, changing
from bot.slack import limits
from bot.slack.against import against
from bot.slack.blocks import Block, Said, actions, button, context, header, said, section
from bot.slack.fleet import asked_for_fleet, detailed_fleet, fleet_planned
from bot.slack.given import given
from bot.slack.held import gone, held
from bot.slack.history import history
from bot.slack.hosts import hosts_told
from bot.slack.lines import in_message
from bot.slack.listing import listed
from bot.slack.mrkdwn import approver, code, count, date, escape, mention, prose, sentence
from bot.slack.plans import plan_blocks, subject
from bot.slack.request_message import details, request_message, small_print, story, taken_back
from bot.slack.requests import requests_told
from bot.slack.restorals import restore_button
from bot.slack.standing import headline, put_back_by, puts_back, standing
from bot.slack.stats import accuracy_lines, asked_line, charts
from bot.slack.steps import SHOWN_STEPS, text_block
from bot.slack.timeline import timeline
from bot.slack.verification import verification

DETAILED_STEPS = 25
RESTORALS = 3


def reply(answer: Answer) -> Said:
    """Return *answer* as the message that one person sees."""
    match answer:
        case Sentence(text=text, hint=hint, parts=parts):
            return said(text, (section(sentence(parts or (text,))), context(prose(hint)) if hint else None))
        case Planned():
            return _planned(answer)
        case AskedFor(request=request):
            return _asked_for(request)
        case FleetPlanned():
            return fleet_planned(answer)
        case FleetAskedFor(fleet=fleet):
            return asked_for_fleet(fleet)
        case FleetDetailed(fleet=fleet, unreachable=unreachable):
            return detailed_fleet(fleet, _silent(unreachable))
        case JoinedTo(request=request):
            return _joined_to(request)
        case TooLate():
            return _too_late(answer)
        case Listed():
            return listed(answer)
        case Held():
            return held(answer)
        case Gone():
            return gone(answer)
        case Told():
            return history(answer)
        case Detailed():
            return _detailed(answer)
        case Verification():
            return verification(answer)
        case Counted():
            return _counted(answer)
        case Given():
            return given(answer)
        case Explained(help=text):
            return _help(text)
        case RequestsTold():
            return requests_told(answer)
        case HostsTold():
            return hosts_told(answer)
        case _:
            assert_never(answer)


def _planned(answer: Planned) -> Said:
    plan, done = answer.plan, "put back" if isinstance(answer.plan, RestorePlan) else "removed"
    where = f"{done} {'on' if isinstance(answer.plan, RestorePlan) else 'from'} {plan.host}"
    may = "may not" if isinstance(answer.verdict, Forbidden) else "would"
    goes = f"{subject(plan)} {may} be {where}" if changing(plan) else f"Nothing can be {where}"
    return said(
        f"{goes}. Nothing has been {done}.",
        (
            header(f"{'🚫' if isinstance(answer.verdict, Forbidden) else '📋'} {goes}"),
            *plan_blocks(plan),
            text_block(predicted(plan)),
            section("🔀 This is no longer the plan that you were shown. Nobody was asked yet.")
            if answer.changed
            else None,
            section(f"✍️ {escape(answer.wants)} Nobody was asked yet.") if answer.wants else None,
            context(f"{_ruling(answer)}plan `{plan_code(digest(plan))}` · nothing has been {done}{_else(plan)}"),
            actions(_asking(answer)),
        ),
    )


def _else(plan: AnyPlan) -> str:
    """Return what can be typed where a plan removes nothing."""
    if changing(plan) or isinstance(plan, RestorePlan):
        return ""
    looking, asking = code(f"/img ls -H {plan.host}"), code(f"/img why -H {plan.host} IMAGE")
    return f" · {looking} shows what is there, {asking} what holds it"


def _asking(answer: Planned) -> list[Block]:
    """Return the buttons with which a plan is asked for; a command that is too long for one is typed again."""
    if not changing(answer.plan) or isinstance(answer.verdict, Forbidden):
        return []
    shown = f"{plan_code(digest(answer.plan))} {answer.ask}"
    if len(shown) > limits.VALUE:
        return []
    if answer.glass:
        return [button(Button.BREAK_GLASS, "🚨 Break the glass…", shown, style="danger")]
    if answer.wants:
        return [button(Button.REASON, "Give a reason…", shown, style="primary")]
    return [button(Button.ASK, "Ask for approval", shown, style="primary")]


def _ruling(answer: Planned) -> str:
    """Return what the policy says of a plan; nothing where there is nothing to approve."""
    if not changing(answer.plan):
        return ""
    match answer.verdict:
        case Allowed():
            return "Allowed without an approval · "
        case NeedsApproval(needs=needs):
            return f"Needs {count(needs.count, 'approval')} from {', '.join(map(approver, needs.approvers))} · "
        case Forbidden(why=why):
            return f"{escape(why)} The rules are made by who runs me: ask there. · "
        case _:
            assert_never(answer.verdict)


def _asked_for(request: Request) -> Said:
    asked = f"Asked as request {request.id}" if request.state is State.PENDING else headline(request)
    return said(
        f"{asked}. {subject(request.plan)} on {request.plan.host}.",
        (
            header(f"📋 {headline(request)}"),
            *story(request),
            in_message(request, private=True),
            context(f"{escape(asked)} · {standing(request)}", small_print(request)),
            context(taken_back(request.id)) if request.state is State.PENDING else None,
            actions([details(request)] if len(request.plan.steps) > SHOWN_STEPS else []),
        ),
    )


def _joined_to(request: Request) -> Said:
    text = f"This is asked for already, as request {request.id}. You hear of it when it is decided."
    link = context(f"asked by {mention(request.requester)} {date(request.asked_at)}", standing(request))
    return said(text, (section(f"*{escape(text)}*"), link, context(small_print(request))))


def _too_late(answer: TooLate) -> Said:
    now, nothing = headline(answer.request), f"Your {'command' if answer.typed else 'click'} changed nothing."
    return said(f"{now}. {nothing}", (section(f"*{escape(now)}.* {nothing}"), context(standing(answer.request))))


def _silent(unreachable: Iterable[tuple[Person, str]]) -> list[Block]:
    return [context(f"📭 {mention(who)} cannot be written to: {escape(why)}") for who, why in unreachable]


def _detailed(answer: Detailed) -> Said:
    message = request_message(answer.request, most=DETAILED_STEPS, whole=True)
    kept = (block for block in message.blocks if block["type"] != "actions")
    back = [f"↩️ {put_back_by(request)}" for request in answer.restorals[-RESTORALS:]]
    of = [f"↩️ {told}"] if (told := puts_back(answer.request)) else []
    buttons = [
        button(Button.EVIDENCE, "Evidence file", str(answer.request.id)),
        *([restore_button(answer.request)] if answer.back else []),
    ]
    blocks = (
        *kept,
        *map(context, (*of, *back)),
        *_silent(answer.unreachable),
        *against(answer.request),
        *timeline(answer.timeline),
        actions(buttons),
    )
    return said(message.text, blocks)


def _counted(answer: Counted) -> Said:
    title = f"The last {answer.period}"
    asked = asked_line(answer.stats)
    drawn = charts(answer.stats, name=escape, person=approver)
    found = [
        section("\n".join([f"*{heading}*", *(f"{code(bar)} {shown}" for bar, shown in lines)]))
        for heading, lines in drawn
    ]
    plans = "Our plans: " + "; ".join(accuracy_lines(answer.stats))
    return said(f"{title}: {asked}.", (section(f"*{title}*\n{asked}"), *found, context(plans)))


def _help(text: HelpText) -> Said:
    examples = [_typed(line) for line in text.examples]
    sections = [f"*{escape(part.title)}*\n" + "\n".join(map(_typed, part.lines)) for part in text.sections]
    return said(
        f"{text.title}. {text.says}",
        (
            section(f"*{escape(text.title)}*\n{prose(text.says)}\n{code(text.usage)}"),
            section("\n".join(examples)),
            *map(section, sections),
        ),
    )


def _typed(line: Line) -> str:
    return f"{code(line.typed)} — {prose(line.says)}"
