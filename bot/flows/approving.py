"""Whether a rule's approvers are enough: so many of them, that none is the one who asks."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.approval.conditions import is_group
from bot.approval.policy import Rule
from bot.flows.facts import SlackSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """What is so of a rule: one of three sentences, or none where it asks for no approval; ``mend`` is of a warning."""

    failure: str = ""
    warning: str = ""
    fine: str = ""
    mend: str = "Name one more: nobody approves their own request."


def approving(rule: Rule, slack: SlackSeen) -> Approving:
    """Return whether *rule* can be met."""
    if not rule.approvals:
        return Approving()
    deciders = _people((*rule.approvers, *rule.escalate_to), slack)
    if deciders is None:
        untold = "who may decide is not known, since Slack does not tell."
        return Approving(warning=untold, mend="See what is said of the groups.")
    fit = frozenset(who for who in deciders if not _unfit(who, slack))
    needs = f"{rule.approvals} {'approval is' if rule.approvals == 1 else 'approvals are'} needed"
    if len(fit) < rule.approvals:
        return Approving(failure=f"{needs}, and {_count(len(fit))} may decide.")
    requesters = _people(rule.requesters, slack) if rule.requesters else None
    if requesters and all(len(fit - {who}) < rule.approvals for who in requesters):
        return Approving(failure=f"{needs}, and whoever may ask would have to approve their own request.")
    if len(fit) == rule.approvals:
        return Approving(warning=f"{needs}, and exactly {_count(len(fit))} may decide: none of them can ask.")
    return Approving(fine=f"{needs}, and {_count(len(fit))} may decide.")


def _count(number: int) -> str:
    return {0: "nobody", 1: "one person"}.get(number, f"{number} people")


def _people(named: Sequence[str], slack: SlackSeen) -> frozenset[str] | None:
    """Return the users that are meant; None where Slack does not tell who is in one of the groups."""
    members = {group.id: group.members for group in slack.groups if not group.disabled}
    found: set[str] = set()
    for who in named:
        inside = members.get(who, frozenset()) if is_group(who) else frozenset({who})
        if inside is None:
            return None
        found |= inside
    return frozenset(found)


def _unfit(who: str, slack: SlackSeen) -> str:
    person = (slack.people or {}).get(who)
    return person.unfit if person else ""
