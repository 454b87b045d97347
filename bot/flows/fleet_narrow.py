"""Approving some of several hosts: a lead leaves hosts or images out, and the digest over all is made of what is left.

A host that is left out ends as rejected, with that as the reason. On the others images may go as well: these are
planned anew, as of one host (``narrow.py``). Whoever approves then, approves the new digest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.approval.authority import Basis
from bot.approval.digest import digest_over
from bot.approval.events import Drifted, Event, Narrowed, Rejected
from bot.approval.fleet import Fleet, FleetAsked, FleetNarrowed
from bot.approval.request import Member, Needs, Request, RequestId, Token
from bot.flows.answers import Sentence
from bot.flows.fleet_planning import FleetPlanner
from bot.flows.narrow import Narrow, removable
from bot.flows.ports import Submitted
from bot.images.restoral import AnyStep

LEFT_OUT = "left out of the request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What can be left out, each by its number: hosts by their places, and behind all of these images by their words.

    No image where there is but one: leaving it out everywhere is rejecting. The numbers are good for one token.
    """

    hosts: Mapping[int, Request]
    images: Mapping[int, Sequence[AnyStep]]

    @property
    def numbers(self) -> tuple[int, ...]:
        """All numbers, in the order in which they are shown."""
        return (*self.hosts, *self.images)


def choices(fleet: Fleet) -> Choices:
    """Return what can be left out of a request for several hosts."""
    words: dict[str, list[AnyStep]] = {}
    for member in fleet.kept:
        for number in removable(member):
            step = member.plan.steps[number]
            words.setdefault(step.word, []).append(step)
    images = dict(enumerate(words.values(), start=len(fleet.members))) if len(words) > 1 else {}
    pending = {member.id for member in fleet.pending}
    return Choices(hosts={n: each for n, each in enumerate(fleet.members) if each.id in pending}, images=images)


def can_be_narrowed(fleet: Fleet) -> bool:
    """Whether there is something to leave out, and something that would be left."""
    found = choices(fleet)
    return len(found.hosts) > 1 or bool(found.images)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrower:
    """What is asked for from now on, and what that makes of each host."""

    note: FleetNarrowed
    events: Mapping[RequestId, Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetNarrow:
    """Makes a request for fewer hosts, or fewer images, of one for several."""

    narrow: Narrow
    planner: FleetPlanner
    new_token: Callable[[], Token]

    def narrowed(self, fleet: Fleet, form: Submitted, basis: Basis) -> Narrower | Sentence:
        """Return what happens by a form in which hosts and images were ticked, or why nothing does."""
        unticked = _unticked(choices(fleet), form)
        left_out = _left_out(fleet, unticked)
        if isinstance(left_out, Sentence):
            return left_out
        made = self._made(fleet, left_out, form, basis)
        if isinstance(made, Sentence):
            return made
        asked = self._asked(fleet, made)
        before = fleet.narrowed.words if fleet.narrowed else ()
        note = FleetNarrowed(
            at=self.narrow.now(),
            by=form.reply_to.person,
            basis=basis.text,
            asked=asked,
            hosts=tuple(part.host for part in asked.parts if part.left_out),
            words=(*before, *(steps[0].word for steps in unticked.images.values())),
            version=0,  # it is known once the hosts are written
        )
        return Narrower(note=note, events=_bound(fleet, asked, made))

    def _made(
        self, fleet: Fleet, left_out: Mapping[RequestId, tuple[int, ...]], form: Submitted, basis: Basis
    ) -> dict[RequestId, Event] | Sentence:
        """Return what becomes of each host that is still to be decided, those with other plans planned side by side."""
        now, by = self.narrow.now(), form.reply_to.person
        waiting = {member.plan.host: member for member in fleet.pending}
        anew = [host for host, member in waiting.items() if 0 < len(left_out[member.id]) < len(removable(member))]
        found = self.planner.abreast(
            anew, lambda host: self.narrow.without(waiting[host], left_out[waiting[host].id], form, basis)
        )
        events: dict[RequestId, Event] = {}
        for host, member in waiting.items():
            made = found.get(host)
            if len(left_out[member.id]) == len(removable(member)):
                events[member.id] = Rejected(at=now, by=by, basis=basis.text, why=LEFT_OUT)
            elif host not in anew:
                events[member.id] = _as_it_is(member, self.new_token(), Rejected(at=now, by=by, basis=basis.text))
            elif not isinstance(made, Narrowed | Drifted):
                return _not_without(host, made)
            elif isinstance(made, Narrowed) and _asks_others(made.needs, member.needs):
                return _not_without(host, Sentence(text=f'What is left falls under rule "{made.needs.rule}".'))
            else:
                events[member.id] = made
        return events

    def _asked(self, fleet: Fleet, made: Mapping[RequestId, Event]) -> FleetAsked:
        parts = []
        for member, part in zip(fleet.members, fleet.asked.parts, strict=True):
            event = made.get(member.id)
            plan = event.digest if isinstance(event, Narrowed) else part.digest
            parts.append(replace(part, digest=plan, left_out=part.left_out or isinstance(event, Rejected)))
        kept = sum(not part.left_out for part in parts)
        canary = fleet.asked.canary if fleet.asked.canary < kept else 0
        asked = replace(fleet.asked, parts=tuple(parts), canary=canary, token=self.new_token())
        return replace(asked, digest=digest_over(asked))


def _unticked(found: Choices, form: Submitted) -> Choices:
    """Return what was left out."""
    ticked = {int(number) for number in form.chosen if number.isdecimal()}
    out = form.left_out if form.left_out is not None else frozenset(found.numbers) - ticked
    return Choices(
        hosts={number: host for number, host in found.hosts.items() if number in out},
        images={number: steps for number, steps in found.images.items() if number in out},
    )


def _left_out(fleet: Fleet, unticked: Choices) -> Mapping[RequestId, tuple[int, ...]] | Sentence:
    """Return which steps go from the plan of each host that is still to be decided; all of them, and the host does."""
    words = {step.word for steps in unticked.images.values() for step in steps}
    hosts = {member.id for member in unticked.hosts.values()}
    out = {
        member.id: tuple(n for n in removable(member) if member.id in hosts or member.plan.steps[n].word in words)
        for member in fleet.pending
    }
    if not any(out.values()):
        return Sentence(text="Nothing was left out, so all is as it was.", hint="Press Approve for all of it.")
    if all(len(out[member.id]) == len(removable(member)) for member in fleet.pending):
        return Sentence(text="Nothing is left to approve on any host.", hint="Press Reject instead.")
    return out


def _as_it_is(member: Request, token: Token, by: Rejected) -> Narrowed:
    """Return that a host's own plan stays as it is, and only others are left out."""
    return Narrowed(
        at=by.at,
        by=by.by,
        basis=by.basis,
        plan=member.plan,
        digest=member.digest,
        token=token,
        needs=member.ruled,
        left_out=(),
    )


def _asks_others(now: Needs, before: Needs) -> bool:
    """Whether a rule asks for more than all hosts were asked for, or for other people."""
    others = bool(now.count) and set(now.approvers) != set(before.approvers)
    return others or now.count > before.count


def _not_without(host: str, why: object) -> Sentence:
    text = f"{host}: {why.text}" if isinstance(why, Sentence) else f"{host} did not answer in time."
    return Sentence(text=f"{text} Nothing was done.", hint=f"Leave {host} out as well, or press again.")


def _bound(fleet: Fleet, asked: FleetAsked, made: Mapping[RequestId, Event]) -> dict[RequestId, Event]:
    """Return the same events, those of hosts that stay with what binds them together now.

    What was needed of all is needed still: nobody makes it easier by leaving something out.
    """
    members = {member.id: member for member in fleet.members}
    bound = dict(made)
    for number, event in made.items():
        if isinstance(event, Narrowed):
            waits = bool(asked.canary) and number not in asked.first
            member = Member(fleet=fleet.number, digest=asked.digest, ruled=event.needs, waits=waits)
            bound[number] = replace(event, needs=members[number].needs, member=member)
    return bound
