"""Which rule decides about what, and what follows for a plan as a whole: never less than one of its rules asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.approval.conditions import (
    ELSEWHERE,
    Action,
    Case,
    Going,
    Group,
    Met,
    NotMet,
    Untold,
    action_of,
    met,
    parts,
    settled,
    unread,
)
from bot.approval.policy import Allowed, Forbidden, NeedsApproval, Policy, Rule, Verdict
from bot.approval.request import Needs, Person
from bot.images.restoral import AnyPlan

OBSERVES = "I only observe here (mode in imgbot.toml), so nothing can be removed."
DONE: Mapping[Action, str] = MappingProxyType({Action.REMOVE: "removed", Action.RESTORE: "put back"})
DOING: Mapping[Action, str] = MappingProxyType({Action.REMOVE: "removing", Action.RESTORE: "putting back"})
ALL: Mapping[Action, str] = MappingProxyType({Action.REMOVE: "removals", Action.RESTORE: "putting images back"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A rule that does not decide, and why not."""

    rule: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Names that one rule decides about (empty for images without one), and the rules before it that do not.

    ``rule`` is None where none matches, or where ``untold`` says why it cannot be told whether one does.
    """

    names: tuple[str, ...]
    rule: Rule | None
    passed: tuple[Passed, ...] = ()
    untold: str = ""


def decided(policy: Policy, case: Case) -> tuple[Decided, ...]:
    """Return which rule decides about each name that a plan removes or puts back: for each the first that matches."""
    found: dict[Decided, dict[str, None]] = {}
    for part in parts(case.plan):
        found.setdefault(_decided(policy, case, part), {})[part.name] = None
    return tuple(replace(each, names=tuple(named)) for each, named in found.items())


def _decided(policy: Policy, case: Case, about: Going) -> Decided:
    passed: list[Passed] = []
    for rule in policy.rules:
        # Whoever comes into a group may not have it decide at once: many may edit groups in Slack.
        match met(rule, settled(case) if rule.approvals == 0 else case, about):
            case Met():
                return Decided(names=(), rule=rule, passed=tuple(passed))
            case Untold(why=why):
                return Decided(names=(), rule=None, passed=tuple(passed), untold=why)
            case NotMet(why=why):
                passed.append(Passed(rule=rule.name, why=why))
    return Decided(names=(), rule=None, passed=tuple(passed))


def verdict(policy: Policy, plan: AnyPlan, requester: Person, *, group: Group = unread) -> Verdict:
    """Return what the rules say of *plan*, as its images are graded in it, where *requester* asks for it.

    *group* gives the user IDs in a user group. Where it does not, a rule about that group's requests forbids for now.
    """
    if policy.observes:
        return Forbidden(why=OBSERVES.replace("removed", DONE[action_of(plan)]))
    case = Case(plan=plan, requester=requester, group=group)
    found = decided(policy, case)
    rules = [each.rule for each in found if each.rule is not None]
    why = next((each.untold for each in found if each.untold), "")
    if why:
        return Forbidden(why=why, for_now=True)
    why = next((why for each in found if (why := _forbids(each, plan))), "") or _apart(found)
    if why:
        return Forbidden(why=why)
    rule = max(rules, key=lambda rule: rule.approvals or 0)
    expires = min(rule.expires for rule in rules)
    reason = next((rule.reason for rule in rules if rule.reason), None)
    ruling = NeedsApproval if rule.approvals else Allowed
    undo = max((rule.undo for rule in rules if rule.undo), default=None)
    canary = max(rule.canary for rule in rules)
    return ruling(needs=replace(_needs(rule), undo=undo), expires=expires, reason=reason, canary=canary)


def _needs(rule: Rule) -> Needs:
    return Needs(
        count=rule.approvals or 0,
        approvers=rule.approvers,
        rule=rule.name,
        remind_after=rule.remind_after,
        escalate_after=rule.escalate_after,
        escalate_to=rule.escalate_to,
    )


def _forbids(found: Decided, plan: AnyPlan) -> str:
    """Return why nothing can be done of what one rule decides about, or nothing."""
    rule, host, action = found.rule, plan.host, action_of(plan)
    if rule is None and all(each.why.startswith(ELSEWHERE) for each in found.passed):
        return f"No rule is about {host}, so nothing can be {DONE[action]} there."
    if rule is None:
        return f"No rule is about {_few(found.names)} on {host}, so it cannot be {DONE[action]}."
    if rule.approvals is None:
        what = f"{DOING[action]} {_few(found.names)}" if rule.images else ALL[action]
        return f'Rule "{rule.name}" forbids {what} on {host}.'
    if rule.approvals and not rule.approvers:
        return f'Rule "{rule.name}" names nobody who may approve, so nothing can be approved.'
    return ""


def _apart(found: Sequence[Decided]) -> str:
    """Return that a plan falls under rules that ask different people, or for different reasons; or nothing.

    One request cannot satisfy both, and taking one rule's word for the other's images would be laxer than the other.
    """
    rules = [each.rule for each in found if each.rule is not None]
    asking = {(frozenset(rule.approvers), frozenset(rule.escalate_to)) for rule in rules if rule.approvals}
    reasons = {rule.reason for rule in rules if rule.reason}
    if len(asking) < 2 and len(reasons) < 2:  # noqa: PLR2004 -- one is not apart
        return ""
    under = ", ".join(f'{_few(each.names)} under "{each.rule.name}"' for each in found if each.rule)
    return f"Different rules decide here: {under}. Ask for these one by one."


def _few(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return (names[0] or "images without a name") + more
