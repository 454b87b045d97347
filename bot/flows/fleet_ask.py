"""Asking for several hosts at once: a plan for each, and one request made of those that there are."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.approval.digest import code, fleet_digest, same_code
from bot.approval.events import Asked
from bot.approval.fleet import Fleet, FleetAsked, HostPlan
from bot.approval.lifecycle import asked
from bot.approval.policy import Allowed, NeedsApproval, reason_wanted
from bot.approval.request import Member, RequestId, Token
from bot.command.grammar import Remove, render
from bot.db.store import Store
from bot.flows.answers import Answer, FleetAskedFor, FleetPlanned, Sentence
from bot.flows.fleet_planning import FleetPlanner, OnHost, Plans
from bot.flows.hosts_of import hosts_of, strange
from bot.flows.ports import Clock, Typed

DONE = Sentence(text="This was asked for already.", hint="/img history shows what was removed.")
TOLD = 10
"""Hosts without a plan whose reasons are told where no host has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFleet:
    """Plans what is asked for on several hosts, and puts it before the people who may approve it, once."""

    store: Store
    planner: FleetPlanner
    now: Clock
    new_token: Callable[[], Token]

    def remove(self, typed: Typed, command: Remove, *, shown: str = "") -> Answer:
        """Answer ``rm`` for a group of hosts as ``Ask.remove`` answers it for one."""
        if command.break_glass:
            return Sentence(
                text="The glass is broken for one host at a time.", hint="Name it: rm -H HOST --break-glass"
            )
        word, groups = command.host or "", self.planner.planner.groups()
        daemons = self.planner.planner.daemons
        if (part := strange(word, daemons, groups)) is not None:
            none = self.planner.planner.unknown(part)
            return Sentence(text=none.why, hint=none.hint)
        hosts = hosts_of(word, daemons, groups)
        plans = self.planner.plans(command, hosts, typed.reply_to.person)
        if not plans.planned:
            return _none(word, plans)
        if why := _differ(plans.planned):
            return Sentence(text=why, hint="Ask for these hosts one by one, or group by group.")
        return self._asked(typed, _Made(typed=typed, command=command, plans=plans, ask=self), shown)

    def _asked(self, typed: Typed, made: "_Made", shown: str) -> Answer:
        draft = made.draft()
        wants = next((w for each in made.plans.planned if (w := reason_wanted(each.ruling, made.command.reason))), "")
        changed = bool(shown) and not same_code(shown, code(draft.asked.digest))
        if made.command.dry_run or wants or changed:
            ask = render(replace(made.command, dry_run=False))
            return FleetPlanned(fleet=draft, ask=ask, wants=wants, changed=changed)
        with self.store.transaction() as tx:
            if not tx.delivery_done(typed.key, draft.asked.at):
                return DONE
            return FleetAskedFor(fleet=tx.ask_fleet(made.of_number))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What a request for several hosts is made of."""

    typed: Typed
    command: Remove
    plans: Plans
    ask: AskFleet

    def draft(self) -> Fleet:
        """Return the fleet as it would be, without numbers."""
        made, events = self.of_number(RequestId(0))
        return Fleet(asked=made, members=tuple(asked(RequestId(0), event) for event in events))

    def of_number(self, number: RequestId) -> tuple[FleetAsked, Sequence[Asked]]:
        """Return the fleet of a number, and what its members are asked with."""
        planned, unplanned = self.plans.planned, self.plans.unplanned
        text = render(replace(self.command, reason="", dry_run=False))
        parts = tuple(HostPlan(host=each.plan.host, digest=each.digest) for each in planned)
        first = max(each.ruling.canary for each in planned)
        canary = first if first < len(planned) else 0
        over_all = fleet_digest(text, [part.digest for part in parts], [each.host for each in unplanned], canary)
        made = FleetAsked(
            at=self.ask.now(),
            number=number,
            by=self.typed.reply_to.person,
            channel=self.typed.reply_to.channel,
            reason=self.command.reason,
            command=text,
            digest=over_all,
            token=self.ask.new_token(),
            parts=parts,
            unplanned=unplanned,
            canary=canary,
            uses=self.plans.uses,
        )
        return made, [self._member(made, each, place) for place, each in enumerate(planned)]

    def _member(self, fleet: FleetAsked, each: OnHost, place: int) -> Asked:
        strictest = _strictest(self.plans.planned)
        waits = bool(fleet.canary) and place >= fleet.canary
        return Asked(
            at=fleet.at,
            by=fleet.by,
            channel=fleet.channel,
            reason=fleet.reason,
            plan=each.plan,
            digest=fleet.parts[place].digest,
            token=self.ask.new_token(),
            needs=replace(strictest.needs, undo=each.ruling.needs.undo),
            expires_at=fleet.at + min(other.ruling.expires for other in self.plans.planned),
            member=Member(fleet=fleet.number, digest=fleet.digest, ruled=each.ruling.needs, waits=waits),
        )


def _strictest(planned: Sequence[OnHost]) -> Allowed | NeedsApproval:
    return max((each.ruling for each in planned), key=lambda ruling: ruling.needs.count)


def _differ(planned: Sequence[OnHost]) -> str:
    """Return that the hosts fall under rules that ask different people, or for different reasons; or nothing.

    As with the names of one plan (``ruling.py``): taking one rule's word for another's hosts would be laxer than it.
    """
    needs = [each.ruling.needs for each in planned if each.ruling.needs.count]
    asking = {(frozenset(each.approvers), frozenset(each.escalate_to)) for each in needs}
    reasons = {each.ruling.reason for each in planned if each.ruling.reason}
    if len(asking) < 2 and len(reasons) < 2:  # noqa: PLR2004 -- one is not apart
        return ""
    rules: dict[str, list[str]] = {}
    for each in planned:
        rules.setdefault(each.ruling.needs.rule, []).append(each.plan.host)
    under = "; ".join(f'{_few(hosts)} under "{rule}"' for rule, hosts in rules.items())
    return f"Different rules decide here: {under}."


def _few(hosts: Sequence[str]) -> str:
    more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""  # noqa: PLR2004 -- three are enough to know which
    return ", ".join(hosts[:3]) + more


def _said(why: str, hosts: Sequence[str]) -> str:
    """Return why there is no plan for *hosts*, of which it has been said already which they are."""
    return re.sub(r"\bHOST\b", hosts[0] if len(hosts) == 1 else "them", why).rstrip(".")


def _none(word: str, plans: Plans) -> Sentence:
    """Return that nothing can be asked for on any of the hosts, and why: each reason once."""
    whys: dict[str, list[str]] = {}
    for each in plans.unplanned:
        whys.setdefault(each.alike, []).append(each.host)
    told = "; ".join(f"{_few(hosts)}: {_said(why, hosts)}" for why, hosts in list(whys.items())[:TOLD])
    return Sentence(text=f"There is no plan for any host of {word}, so nobody was asked.", hint=f"{told}.")
