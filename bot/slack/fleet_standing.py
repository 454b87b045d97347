"""Where a request for several hosts stands, in words: as of one host, in the same sentences (``standing.py``)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.approval.digest import code as plan_code
from bot.approval.fleet import Fleet
from bot.approval.request import Request, State, Window
from bot.images.layers import total
from bot.images.removal import Freed, Plan
from bot.slack.beside import LINE, WORD
from bot.slack.fleet_hosts import names_of, where
from bot.slack.fleet_rows import icon_of, word_of
from bot.slack.mrkdwn import code, count, cut, date, escape, listed, mention
from bot.slack.plans import subject
from bot.slack.request_message import ICONS
from bot.slack.standing import Goes, approved_by, forced, needs, removal_headline
from bot.slack.standing import standing as one
from bot.slack.steps import actual, bytes_of, freed_by, removed
from bot.slack.undo import reclaimed

KEPT = frozenset({Window.OPEN, Window.UNDOING, Window.RECLAIMING})
ENDED = frozenset({State.REJECTED, State.WITHDRAWN, State.EXPIRED})
DECIDED = ENDED | {State.DRIFTED}


def headline(fleet: Fleet) -> str:
    """Return how it stands in one plain sentence that names what and where."""
    states = Counter(word_of(member) for member in fleet.kept)
    if len(states) > 1 and all(member.state in DECIDED for member in fleet.kept):
        told = ", ".join(f"{number} {word}" for word, number in states.items())
        return f"{what(fleet)} not removed from {everywhere(fleet)}: {told}"
    if fleet.stuck:
        first = where([member.plan.host for member in fleet.first])
        return f"Stopped after {first}: look before {count(len(fleet.held), 'host')} go on"
    goes = Goes(
        what=what(fleet),
        forced=forced_everywhere(fleet),
        where=_interrupted(fleet) or everywhere(fleet),
        frees=frees(fleet),
        leave="Approved" if fleet.lead.needs.count else "Allowed",
        underway=f"Removing {what(fleet)} from {everywhere(fleet)}, {over(fleet)} of {len(fleet.kept)} done",
        done=_done(fleet),
    )
    return removal_headline(fleet.state, goes)


def what(fleet: Fleet) -> str:
    """Return what goes where it is the same everywhere, else how many images it is on each host at most."""
    subjects = {subject(member.plan) for member in fleet.kept}
    if len(subjects) == 1:
        return subjects.pop()
    most = max(len(plan.steps) for plan in _plans(fleet.kept))
    return f"up to {count(most, 'image')}"


def forced_everywhere(fleet: Fleet) -> str:
    """Return the option that was given for all hosts, where it was."""
    return next((told for plan in _plans(fleet.kept) if (told := forced(plan))), "")


def icon(fleet: Fleet) -> str:
    """Return the sign of its state; one of warning where some host did not go as planned."""
    ended_well = all(icon_of(member) == ICONS[State.FINISHED] for member in fleet.kept)
    return "⚠️" if fleet.state is State.FINISHED and not ended_well else ICONS[fleet.state]


def frees(fleet: Fleet) -> str:
    """Return how much all hosts give back together."""
    plans = _plans(fleet.kept)
    freed = bytes_of(total(step.freed for plan in plans for step in (*plan.steps, *plan.reclaims)))
    return f"{freed} when it can no longer be undone" if any(plan.reclaims for plan in plans) else freed


def standing(fleet: Fleet) -> str:
    """Return who decides or decided, and what happens next."""
    if fleet.stuck:
        return f"{escape(fleet.stuck)}. *Go on* lets the rest begin, *Stop* ends it: somebody has to say."
    if fleet.pending:
        first = fleet.pending[0]
        return f"{needs(first)} · expires {date(first.expires_at)} · nothing has been removed"
    return _decided(fleet)


def beside(fleet: Fleet) -> Iterator[str]:
    """Yield what else there is to know: what can be done, who left what out, and who looks."""
    yield from _next(fleet)
    narrowed = fleet.narrowed
    if narrowed is not None:
        words = [code(cut(word, WORD)) for word in narrowed.words]
        hosts = [names_of(narrowed.hosts)] if narrowed.hosts else []
        yield f"✂️ {mention(narrowed.by)} left out {listed([*hosts, *words], LINE)}; approvals from before are void"
    if fleet.look is not None:
        yield f"👀 {mention(fleet.look.by)} is looking"


def small_print(fleet: Fleet) -> str:
    """Return the rule, the code of the digest over all, how many go first, and the number."""
    rules = dict.fromkeys(member.ruled.rule for member in fleet.kept if member.ruled.rule)
    shown = f"rule {', '.join(f'{chr(34)}{escape(rule)}{chr(34)}' for rule in list(rules)[:3])} · " if rules else ""
    first = f"{fleet.asked.canary} then rest · " if fleet.asked.canary else ""
    number = f" · request {fleet.number}" if fleet.number else ""
    return f"{shown}{first}plan `{plan_code(fleet.asked.digest)}`{number}"


def _plans(members: Sequence[Request]) -> list[Plan]:
    return [member.plan for member in members if isinstance(member.plan, Plan)]


def everywhere(fleet: Fleet) -> str:
    """Return the hosts that it is about, as plain text."""
    return where([member.plan.host for member in fleet.kept])


def _interrupted(fleet: Fleet) -> str:
    """Return the hosts that are to be looked at; nothing where the state is another."""
    hosts = [member.plan.host for member in fleet.kept if member.state is State.INTERRUPTED]
    return where(hosts) if fleet.state is State.INTERRUPTED and hosts else ""


def over(fleet: Fleet) -> int:
    """Return on how many hosts it has ended."""
    return sum(member.state not in {State.PENDING, State.APPROVED, State.REMOVING} for member in fleet.kept)


def _done(fleet: Fleet) -> str:
    ended = [m for m in fleet.kept if m.state is State.FINISHED and isinstance(m.plan, Plan) and actual(m.steps)]
    told = {removed(member.plan, member.steps) for member in ended if isinstance(member.plan, Plan)}
    went = told.pop() if len(told) == 1 else "images" if told else "nothing"
    every = everywhere(fleet)
    place = every if len(ended) == len(fleet.kept) else f"{len(ended)} of {count(len(fleet.kept), 'host')}"
    windows = {member.undo.window for member in ended if member.undo}
    if windows == {Window.UNDONE}:
        return f"Undone: {went} back on {place}"
    if windows and windows <= KEPT:
        return f"Removed {went} from {place}, and kept the content for an undo"
    return f"Removed {went} from {place}, {bytes_of(total(map(_freed, ended)))} freed"


def _freed(member: Request) -> Freed:
    """Return what one host gave back: of what was kept for an undo, once that went."""
    if not isinstance(member.plan, Plan):
        return Freed()
    if member.undo is not None:
        return reclaimed(member) if member.undo.window is Window.RECLAIMED else Freed(bytes=0)
    return freed_by(member.plan, member.steps)


def _decided(fleet: Fleet) -> str:
    """Return who approved or ended it; where a part of the hosts ended so, both."""
    ended = [member for member in fleet.kept if member.state in ENDED]
    if fleet.state in DECIDED:
        return _rest(ended) if ended and ended[0].approvals else one(ended[0] if ended else fleet.kept[0])
    approved = next((member for member in fleet.kept if member.approvals), fleet.kept[0])
    return " ".join([f"{approved_by(approved)}.", *([_rest(ended)] if ended else [])])


def _rest(ended: Sequence[Request]) -> str:
    """Return how those hosts ended that were approved and did not begin."""
    first, hosts = ended[0], names_of([member.plan.host for member in ended])
    by = f"by {mention(first.closing.by)} " if first.closing and first.closing.by else ""
    match first.state:
        case State.EXPIRED:
            return f"{hosts} did not begin before {date(first.expires_at)}."
        case State.REJECTED:
            return f"Stopped {by}{date(first.changed_at)}: nothing was removed from {hosts}."
    return f"{first.state.capitalize()} {by}{date(first.changed_at)}: nothing was removed from {hosts}."


def _next(fleet: Fleet) -> Iterator[str]:
    """Yield what can be done about single hosts, and what waits."""
    if fleet.held and not fleet.stuck:
        waiting = "1 host waits" if len(fleet.held) == 1 else f"{len(fleet.held)} hosts wait"
        yield f"{waiting} for {names_of([member.plan.host for member in fleet.first])}."
    states = {member.state for member in fleet.kept}
    if State.INTERRUPTED in states:
        yield "*Resume* goes on with what is left on a host, *Stop here* ends it there."
    if State.DRIFTED in states and State.PENDING not in states:
        yield "*Ask again* plans a host that changed anew."
