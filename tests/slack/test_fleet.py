"""The message about several hosts: one row for those that are alike, and two hundred of them fit Slack's limits."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.approval.digest import code
from bot.approval.events import Asked
from bot.approval.fleet import Fleet, FleetAsked, HostPlan, Unplanned
from bot.approval.lifecycle import asked
from bot.approval.request import Member, PlanDigest, Request, RequestId, State, Token
from bot.flows.answers import FleetAskedFor, FleetDetailed, FleetPlanned, Form, FormKind
from bot.flows.ports import ReplyTo
from bot.playground.blocks import block_faults, view_faults
from bot.playground.limits import Surface
from bot.slack.blocks import Said
from bot.slack.fleet import fleet_message, told_of_fleet
from bot.slack.fleet_lines import of_all
from bot.slack.forms import view
from bot.slack.replies import reply
from tests.approval.examples import DANA, DIGEST, IN_STATE, NOW, OLGA, PLAN, asked_event

HARMFUL = "<!channel> *bold* `code` <@U0LEAD> & \u202e"


def fleet(
    hosts: int, *, unplanned: int = 0, state: State = State.PENDING, name: str = "web-{}", why: str = ""
) -> Fleet:
    """Return a fleet of so many hosts, all with the same plan."""
    made = FleetAsked(
        at=NOW,
        number=RequestId(40),
        by=DANA,
        channel="C0DEV",
        reason="disk full",
        command="rm -H @prod redis:7 nginx:1",
        digest=PlanDigest("f" * 64),
        token=Token("fleet-token"),
        parts=tuple(HostPlan(host=name.format(n), digest=DIGEST) for n in range(1, hosts + 1)),
        unplanned=tuple(
            Unplanned(host=f"db-{n}", why=why or f"db-{n} did not answer at tcp://db-{n} within 5 s.")
            for n in range(1, unplanned + 1)
        ),
    )
    return Fleet(asked=made, members=tuple(_member(made, place, state) for place in range(hosts)))


def _member(made: FleetAsked, place: int, state: State) -> Request:
    event: Asked = replace(
        asked_event(),
        plan=replace(PLAN, host=made.parts[place].host),
        member=Member(fleet=made.number, digest=made.digest, ruled=asked_event().needs),
        expires_at=NOW + timedelta(hours=4),
    )
    like = IN_STATE[state]
    begun = asked(made.members[place], event)
    return replace(begun, state=state, steps=like.steps, approvals=like.approvals, closing=like.closing)


def _with_fewer(member: Request, fewer: int) -> Request:
    plan = replace(PLAN, host=member.plan.host, steps=PLAN.steps[fewer:])
    return replace(member, plan=plan, steps=member.steps[fewer:])


def texts(said: Said) -> str:
    """Return everything that is in a message."""
    return json.dumps(said.blocks, ensure_ascii=False)


def test_two_hundred_hosts_that_are_alike_are_one_row() -> None:
    """With how many they are, the first and the last, and what it frees on each."""
    shown = texts(fleet_message(fleet(200, unplanned=3)))
    assert "*web-1 … web-200* (200 hosts) — removes redis:7 and nginx:1, frees 20 Bytes each" in shown
    assert "*db-1 … db-3* (3 hosts) — *not planned*: it did not answer" in shown
    assert code(PlanDigest("f" * 64)) in shown


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("hosts", [1, 3, 200, 1000])
def test_slack_takes_the_message_in_every_state(state: State, hosts: int) -> None:
    """Whatever happens, and however many hosts differ."""
    alike = fleet(hosts, unplanned=200, state=state)
    other = fleet(hosts, unplanned=200, state=state, name="host-with-quite-a-long-name-and-no-number-{}x")
    apart = replace(other, members=tuple(_with_fewer(each, n % 2) for n, each in enumerate(other.members)))
    for each in (alike, other, apart):
        for said in (
            fleet_message(each),
            told_of_fleet(each),
            of_all(each).said,
            reply(FleetAskedFor(fleet=each)),
            reply(FleetDetailed(fleet=each)),
            reply(FleetPlanned(fleet=each, ask="rm -H @prod redis:7", wants="The rule asks for a reason.")),
        ):
            assert list(block_faults(list(said.blocks), Surface.MESSAGE)) == []


@pytest.mark.parametrize("hosts", [1, 200, 3000])
def test_slack_takes_the_form_with_all_hosts(hosts: int) -> None:
    """Every row, in as many blocks as a form has."""
    many = fleet(hosts, unplanned=hosts, name="h{}x", why=HARMFUL)
    made = view(Form(kind=FormKind.HOSTS, value="t", fleet=many), ReplyTo(person=OLGA, channel="C", url=""))
    assert made is not None
    assert list(view_faults(made, Surface.MODAL)) == []


def test_no_text_from_outside_does_harm() -> None:
    """What a daemon or a person says is shown, and does nothing."""
    shown = texts(fleet_message(fleet(2, unplanned=1, why=HARMFUL)))
    assert "<!channel>" not in shown
    assert "<@U0LEAD>" not in shown
    assert "\u202e" not in shown
