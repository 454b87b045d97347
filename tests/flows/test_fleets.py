"""A request for several hosts: planned side by side, decided once, and each host carried out by itself."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.approval.fleet import Fleet
from bot.approval.policy import Policy, Rule
from bot.approval.request import Person, RequestId, State
from bot.audit.chain import Verified
from bot.command.grammar import Choose
from bot.flows.about import host_of
from bot.flows.answers import (
    Answer,
    AskedFor,
    FleetAskedFor,
    FleetDetailed,
    FleetPlanned,
    Form,
    FormKind,
    NewForm,
    Sentence,
)
from bot.flows.overviews import HomePage, RequestsTold, Which
from bot.flows.ports import Button, Click, ReplyTo, Shown, Submitted, Undelivered, Unreachable
from bot.flows.standing import as_recorded
from bot.flows.verify import verified
from bot.images.inventory import Inventory
from bot.images.removal import Refusal, Refused, Removal, Unknown
from bot.slack.fleet import fleet_message
from bot.slack.replies import reply
from tests.approval.examples import DANA, OLGA, OMAR
from tests.flows.conftest import RULES, Desk
from tests.flows.fakes import FakeConversation, FakeDaemon

LEADS = ("S0OPSLEADS",)
SOON = 60.0
CANARY = Policy(rules=(replace(RULES.rules[0], canary=1),))


class Other(FakeDaemon):
    """Another daemon than the first, which hangs until it is told to go on where it *hangs* on something."""

    def __init__(self, host: str, *, hangs: threading.Event | None = None) -> None:
        super().__init__(host)
        self.hangs = hangs
        self.world = replace(self.world, inventory=replace(self.world.inventory, daemon_id=f"DAEMON:{host}"))

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Return what the daemon holds, late."""
        if self.hangs is not None:
            self.hangs.wait(SOON)
        return super().inventory(kept=kept)


@pytest.fixture
def three(desk: Desk) -> Desk:
    """Give a desk with three hosts."""
    desk.others = (Other("web-4"), Other("web-5"))
    return desk


def asked(desk: Desk, text: str = "rm -H @prod redis:alpine") -> Fleet:
    """Let Dana ask for all hosts, and return what came of it."""
    answer = desk.type(text)
    assert isinstance(answer, FleetAskedFor), answer
    return answer.fleet


def fleet(desk: Desk, number: int = 1) -> Fleet:
    """Return a fleet as it is stored."""
    with desk.store.reading() as reading:
        found = reading.fleet(RequestId(number))
    assert found is not None
    return found


def press(desk: Desk, button: Button, by: Person = OLGA) -> Answer | None:
    """Press a button of the message about all hosts."""
    now = fleet(desk)
    return desk.press(button, now.lead, by, value=now.asked.token)


def states(desk: Desk) -> list[State]:
    """Return where each host stands."""
    return [member.state for member in fleet(desk).members]


def test_evidence_is_of_one_host_at_a_time(three: Desk, engine: sa.Engine) -> None:
    """Whoever wants that of all is told of which requests it is: a file is not left out in silence."""
    asked(three)
    url = engine.url.render_as_string(hide_password=False)
    told = subprocess.run(
        [sys.executable, "-m", "bot", "show", "1", "--evidence", "e.jsonl"],
        env=os.environ | {"IMGBOT_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (1, "")
    assert "imgbot show 2 --evidence e.jsonl, and so on to 4." in told.stderr


def test_one_request_one_message_and_a_plan_for_each_host(three: Desk) -> None:
    """Three members follow the fleet's number; one message is posted and nobody is written to directly."""
    made = asked(three)
    assert [member.plan.host for member in made.members] == ["web-3", "web-4", "web-5"]
    assert [member.id for member in made.members] == [2, 3, 4]
    assert states(three) == [State.PENDING] * 3
    assert len({member.digest for member in made.members}) == 3
    assert [each.number for each in three.conversation.fleets] == [1]
    assert (three.conversation.shown, three.conversation.told, three.conversation.told_of_fleets) == ([], [], [])


def test_one_approval_counts_for_all_and_each_is_carried_out(three: Desk) -> None:
    """After one click every host removes it; each member is on record by itself, and Dana hears twice."""
    asked(three)
    assert press(three, Button.APPROVE) is None
    assert states(three) == [State.APPROVED] * 3
    three.remove()
    assert states(three) == [State.FINISHED] * 3
    for daemon in (three.daemon, *three.others):
        assert "redis:alpine" not in daemon.names()
    with three.store.reading() as reading:
        assert all(reading.records_of(RequestId(number)) for number in (2, 3, 4))
    assert {each.state for each in three.conversation.told_of_fleets} == {State.APPROVED, State.FINISHED}
    assert three.conversation.fleets[-1].state is State.FINISHED
    assert (three.conversation.shown, three.conversation.told) == ([], [])


class Deactivated(FakeConversation):
    """Slack in which whoever asked cannot be written to any more."""

    def tell_fleet(self, fleet: Fleet, version: int, *, tried: bool = False) -> Shown | Undelivered:
        """Refuse."""
        del fleet, version, tried
        return Undelivered(why="user_disabled", again_in=timedelta(minutes=10), never=True)


def test_who_cannot_be_told_of_several_hosts_is_noted(three: Desk) -> None:
    """Under the number by which all know it: to the leads, and where it is looked up."""
    three.conversation = gone = Deactivated()
    asked(three)
    press(three, Button.APPROVE)
    while three.flows().announce.next():
        pass
    told = [notice.parts[1] for notice in gone.announced if notice.kind == "unreachable"]
    assert told == [" cannot be written to about request 1. Slack says user_disabled."]
    shown = three.type("show 1")
    assert isinstance(shown, FleetDetailed)
    assert shown.unreachable == ((DANA, "user_disabled"),)
    assert "📭 <@U0DEV> cannot be written to: user_disabled" in str(reply(shown))


def test_a_host_that_does_not_answer_blocks_nothing(three: Desk) -> None:
    """It is listed with why, is part of the digest as such, and the others are asked for."""
    three.others[1].reachable = False
    made = asked(three)
    assert [part.host for part in made.asked.parts] == ["web-3", "web-4"]
    assert [(each.host, each.why) for each in made.asked.unplanned] == [("web-5", "web-5 did not answer.")]


def test_a_host_that_hangs_has_its_own_time(desk: Desk) -> None:
    """Nobody waits longer than that for it: there is an answer while it hangs still."""
    go_on = threading.Event()
    desk.others = (Other("web-4", hangs=go_on), Other("web-5"))
    desk.patience = {"web-4": timedelta(seconds=0.2)}
    try:
        made = asked(desk)
    finally:
        go_on.set()
    assert [each.why for each in made.asked.unplanned] == ["web-4 did not answer within 0.2 s."]


def test_what_is_about_several_hosts_has_one_place(three: Desk) -> None:
    """Clicks that have hosts planned anew wait as the command does: one that hangs holds up no more than its own."""
    made = asked(three)
    to = ReplyTo(person=OLGA, channel="C0DEV", url="")
    click = Click(key="", button=Button.APPROVE, value=made.asked.token, channel="", ts="", reply_to=to)
    form = Submitted(key="", form=FormKind.SOME, value=made.asked.token, text="", chosen=(), reply_to=to)
    with three.store.reading() as reading:
        assert [host_of(each, reading, "web-3") for each in (click, form)] == ["@prod", "@prod"]
        assert host_of(replace(click, button=Button.REJECT), reading, "web-3") is None


def test_what_cannot_be_removed_somewhere_is_said(three: Desk) -> None:
    """A host without the image, one that a rule forbids, and a name twice for one daemon are no part of it."""
    three.others[0].remove(_removal(three.others[0]))
    three.policy = Policy(
        rules=(Rule(name="never", hosts=("web-5",), approvals=None), Rule(name="prod", approvers=LEADS))
    )
    twin = FakeDaemon("web-6")
    three.others = (*three.others, twin)
    made = asked(three)
    assert [part.host for part in made.asked.parts] == ["web-3"]
    whys = {each.host: each.why for each in made.asked.unplanned}
    assert "No such image" in whys["web-4"]
    assert whys["web-5"] == 'Rule "never" forbids removals on web-5.'
    assert whys["web-6"] == "web-6 is the same daemon as web-3."


def test_dockers_lines_are_in_the_thread_as_planned_and_as_they_came(three: Desk) -> None:
    """Twice for all hosts together, and for no host by itself; nothing waits for a message that never comes."""
    asked(three)
    assert [each.state for each in three.conversation.printed_fleets] == [State.PENDING]
    press(three, Button.APPROVE)
    three.remove()
    three.publish()
    assert [each.state for each in three.conversation.printed_fleets] == [State.PENDING, State.FINISHED]
    assert three.conversation.printed == []
    three.goes_on(timedelta(minutes=1))
    with three.store.reading() as reading:
        assert not reading.messages_behind(three.clock(), 1)


def test_less_of_it_has_its_lines_in_the_thread_too(three: Desk) -> None:
    """What was written there before is of plans that count no longer."""
    made = asked(three, "rm -H @prod redis:alpine nginx:latest")
    press(three, Button.SOME)
    ((_, form),) = three.conversation.forms[-1:]
    assert isinstance(form, Form)
    three.submit(form, OLGA, "", "0", "2", "3", "4")
    first, second = three.conversation.printed_fleets
    assert (first.asked.digest, second.asked.digest) == (made.asked.digest, fleet(three).asked.digest)
    assert len(second.kept) == 2


def _removal(daemon: FakeDaemon) -> Removal:
    image = next(
        i for i in daemon.world.inventory.images.values() if "redis:alpine" in {r.familiar for r in i.references}
    )
    return Removal(word="redis:alpine", target="redis:alpine", image_id=image.id)


def test_the_strictest_rule_counts_for_all(three: Desk) -> None:
    """One host may be done at once and another needs two: all wait for two, and none is void for that."""
    three.policy = Policy(
        rules=(
            Rule(name="free", hosts=("web-3",), approvals=0),
            Rule(name="four eyes", hosts=("web-4",), approvals=2, approvers=LEADS),
            Rule(name="prod", approvers=LEADS),
        )
    )
    asked(three)
    assert {member.needs.count for member in fleet(three).members} == {2}
    press(three, Button.APPROVE, OLGA)
    assert states(three) == [State.PENDING] * 3
    press(three, Button.APPROVE, OMAR)
    three.remove()
    assert states(three) == [State.FINISHED] * 3


def test_rules_that_ask_other_people_share_no_request(three: Desk) -> None:
    """Nobody decides about a host by another host's rule."""
    three.policy = Policy(
        rules=(Rule(name="db", hosts=("web-4",), approvers=("U0DBA",)), Rule(name="prod", approvers=LEADS))
    )
    answer = three.type("rm -H all redis:alpine")
    assert isinstance(answer, Sentence)
    assert answer.text == 'Different rules decide here: web-3, web-5 under "prod"; web-4 under "db".'


def test_a_host_that_changed_is_void_by_itself(three: Desk) -> None:
    """At the click one host has another image behind the name: that one is void, and the others go on."""
    asked(three)
    three.others[0].tag("nginx:latest", "redis:alpine")
    press(three, Button.APPROVE)
    assert states(three) == [State.APPROVED, State.DRIFTED, State.APPROVED]
    three.remove()
    assert states(three) == [State.FINISHED, State.DRIFTED, State.FINISHED]
    again = fleet(three).members[1]
    three.press(Button.ASK_AGAIN, again, DANA)
    assert three.request(5).plan.host == "web-4"
    assert three.request(5).member is None


def test_a_host_that_is_away_at_the_click_is_held_against_its_plan_later(three: Desk) -> None:
    """It is approved with the others, and nothing is sent before it was planned afresh."""
    asked(three)
    three.others[0].reachable = False
    assert press(three, Button.APPROVE) is None
    three.remove()
    assert states(three) == [State.FINISHED, State.APPROVED, State.FINISHED]
    three.others[0].reachable = True
    three.others[0].tag("nginx:latest", "redis:alpine")
    three.remove()
    assert states(three)[1] is State.DRIFTED


def test_the_rest_waits_for_the_first_and_goes_on_by_itself(three: Desk) -> None:
    """With a canary one host is done, and only then may the others be claimed."""
    three.policy = CANARY
    assert asked(three).asked.canary == 1
    press(three, Button.APPROVE)
    three.remove()
    assert states(three) == [State.FINISHED, State.APPROVED, State.APPROVED]
    assert three.flows().waves.due()
    assert not three.flows().waves.due()
    three.remove()
    assert states(three) == [State.FINISHED] * 3
    assert three.kinds(3)[:3] == ["asked", "approved", "released"]


@pytest.mark.parametrize("how", ["drifted", "interrupted"])
@pytest.mark.parametrize("button", [Button.RESUME, Button.STOP])
def test_a_first_host_that_went_otherwise_stops_the_rest(three: Desk, how: str, button: Button) -> None:
    """Somebody who may decide says whether the rest goes on, and nobody else."""
    three.policy = CANARY
    asked(three)
    if how == "drifted":
        three.daemon.tag("nginx:latest", "redis:alpine")
    else:
        three.daemon.says = Unknown(message="timed out")
    press(three, Button.APPROVE)
    three.remove()
    three.flows().waves.due()
    assert states(three)[1:] == [State.APPROVED] * 2
    assert fleet(three).stuck.startswith("web-3 was to go first, and ")
    assert fleet(three).state is State.INTERRUPTED
    refused = press(three, button, DANA)
    assert isinstance(refused, Sentence)
    assert press(three, button, OMAR) is None
    three.daemon.says = None
    three.remove()
    ended = State.FINISHED if button is Button.RESUME else State.REJECTED
    assert states(three)[1:] == [ended] * 2


def test_nobody_goes_on_where_nothing_is_stuck(three: Desk) -> None:
    """While the first host is being done there is nothing to say."""
    three.policy = CANARY
    asked(three)
    press(three, Button.APPROVE)
    answer = press(three, Button.RESUME, OMAR)
    assert isinstance(answer, Sentence)
    assert "changed nothing" in answer.text
    assert [member.held for member in fleet(three).members] == [False, True, True]


def test_a_rejection_counts_for_all(three: Desk) -> None:
    """With a reason, once."""
    asked(three)
    before = len(three.conversation.forms)
    press(three, Button.REJECT)
    ((_, form),) = three.conversation.forms[before:]
    assert isinstance(form, Form)
    three.submit(form, OLGA, "not today")
    assert states(three) == [State.REJECTED] * 3
    assert len(three.conversation.told_of_fleets) == 1
    answer = press(three, Button.APPROVE, OMAR)
    assert isinstance(answer, Sentence)
    assert answer.text == "Request 1 is rejected. Your click changed nothing."


@pytest.mark.parametrize("by_number", [True, False])
def test_only_the_requester_withdraws_and_all_of_it(three: Desk, by_number: bool) -> None:  # noqa: FBT001 -- a case
    """By the fleet's own number, or by the button."""
    asked(three)
    for who in (OLGA, DANA):
        answer = three.type("cancel 1", who) if by_number else press(three, Button.WITHDRAW, who)
        assert isinstance(answer, Sentence)
    assert states(three) == [State.WITHDRAWN] * 3


def test_nobody_decides_for_one_host_alone(three: Desk) -> None:
    """A member's own token approves nothing, whoever has found it out."""
    asked(three)
    for member in fleet(three).members:
        answer = three.press(Button.APPROVE, member, OLGA, ts="2.0")
        assert isinstance(answer, Sentence)
        assert answer.text == "This is decided with the other hosts of request 1."
    assert states(three) == [State.PENDING] * 3


def test_nobody_approves_their_own(three: Desk) -> None:
    """Who asked may not, and who is in no group may not."""
    asked(three)
    answer = press(three, Button.APPROVE, DANA)
    assert isinstance(answer, Sentence)
    assert answer.text == "You asked for this, so someone else has to decide."


def test_all_runs_out_together(three: Desk) -> None:
    """Nobody decided: every member is expired, and Dana hears of it once."""
    asked(three)
    three.clock.goes_on(timedelta(hours=5))
    three.flows().expire.due()
    three.publish()
    assert states(three) == [State.EXPIRED] * 3
    assert len(three.conversation.told_of_fleets) == 1


def test_those_who_may_decide_are_reminded_once(three: Desk) -> None:
    """Not once for each host."""
    three.policy = Policy(rules=(replace(RULES.rules[0], remind_after=timedelta(minutes=30)),))
    asked(three)
    three.goes_on(timedelta(minutes=31))
    assert len(three.conversation.called) == 1


def test_a_dry_run_asks_nobody(three: Desk) -> None:
    """It shows the plans; asking from there is held against the code that was shown."""
    answer = three.type("rm --dry-run -H @prod redis:alpine")
    assert isinstance(answer, FleetPlanned)
    with three.store.reading() as reading:
        assert reading.fleet(RequestId(1)) is None
    assert answer.ask == "rm -H @prod redis:alpine"


def test_what_is_asked_for_already_is_left_to_that(three: Desk) -> None:
    """A host with the same request open is no part of another one."""
    three.type("rm -H web-4 redis:alpine")
    made = asked(three)
    assert [part.host for part in made.asked.parts] == ["web-3", "web-5"]
    assert made.asked.unplanned[0].why == "It is asked for already, as request 1."


def test_a_group_that_is_none_is_said(three: Desk) -> None:
    """With the groups that there are."""
    answer = three.type("rm -H @prdo redis:alpine")
    said = 'No host is in the group "@prdo". Did you mean @prod?'
    assert answer == Sentence(text=said, hint="Groups are @prod. /img hosts lists the hosts.")
    answer = three.type("ls -H @prod")
    assert isinstance(answer, Sentence)
    assert answer.hint == "Name one of @prod: web-3, web-4, web-5."


def test_show_has_the_fleet_by_its_own_number(three: Desk) -> None:
    """And each member by its."""
    asked(three)
    shown = three.type("show 1")
    assert isinstance(shown, FleetDetailed)
    assert shown.fleet == fleet(three)


def test_a_member_list_that_somebody_changed_approves_nothing(three: Desk, engine: sa.Engine) -> None:
    """What was asked for is on the record; a row that says otherwise is refused."""
    asked(three)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE removal_request SET digest = 'x' WHERE id = 3"))
    answer = press(three, Button.APPROVE)
    assert isinstance(answer, Sentence)
    assert "somebody changed it" in answer.text
    assert states(three) == [State.PENDING] * 3


def test_the_record_verifies(three: Desk) -> None:
    """Fleets are events like any other, and each request stands as its own say."""
    three.policy = CANARY
    asked(three)
    press(three, Button.APPROVE)
    with three.store.reading() as reading:
        assert all(as_recorded(reading, RequestId(number)) for number in (2, 3, 4))
    three.remove()
    three.flows().waves.due()
    three.remove()
    with three.store.reading() as reading:
        assert isinstance(verified(reading), Verified)
        assert all(as_recorded(reading, RequestId(number)) for number in (2, 3, 4))


def test_the_lists_have_one_row_for_what_waits_on_several_hosts(three: Desk) -> None:
    """On the Home tab of a lead the first host stands for all; ``hosts`` has the groups of each."""
    asked(three)
    overview = three.flows().homes.overview
    waiting = next(part for part in overview.home(OLGA, HomePage()).parts if part.which is Which.WAITING)
    assert [(row.request.id, row.fleet) for row in waiting.rows] == [(2, fleet(three))]
    assert [told.groups for told in overview.hosts().hosts] == [("prod",)] * 3


@pytest.mark.parametrize("command", ["mine", "pending"])
def test_what_is_under_way_on_several_hosts_is_one_line(three: Desk, command: str) -> None:
    """Also where some hosts are done and others not, and beside a request for one host."""
    three.policy = CANARY
    asked(three)
    press(three, Button.APPROVE)
    three.remove()
    answer = three.type("rm -H web-3 nginx:latest")
    assert isinstance(answer, AskedFor), answer
    told = three.type(command)
    assert isinstance(told, RequestsTold)
    rows = {row.fleet.number if row.fleet else row.request.id: row for row in told.rows}
    assert set(rows) == {1, 5}
    assert len(told.rows) == 2
    assert rows[RequestId(1)].fleet == fleet(three)
    assert rows[RequestId(1)].ts
    parts = {part.which: part.rows for part in three.flows().homes.overview.home(OLGA, HomePage()).parts}
    assert [row.fleet for row in parts[Which.RUNNING]] == [fleet(three)]
    assert [row.fleet for row in parts[Which.REMOVED]] == [fleet(three)]


def test_all_hosts_run_out_at_once(three: Desk) -> None:
    """What was approved and could not begin ends with what waits for it: nobody ever sees a half of it."""
    three.policy = CANARY
    asked(three)
    press(three, Button.APPROVE)
    three.daemon.reachable = False
    three.remove()
    three.clock.goes_on(timedelta(hours=5))
    three.flows().expire.due()
    assert states(three) == [State.EXPIRED] * 3
    with three.store.reading() as reading:
        ends = [reading.timeline(RequestId(number))[-1] for number in (2, 3, 4)]
    assert [end.sequence for end in ends] == list(range(ends[0].sequence, ends[0].sequence + 3))
    assert len({end.at for end in ends}) == 1


def test_one_host_that_refuses_stops_no_other(three: Desk) -> None:
    """Docker's refusal on one host is told for that host; the others go on."""
    asked(three)
    press(three, Button.APPROVE)
    three.others[0].says = Refused(refusal=Refusal.CONFLICT, message="conflict: a container uses it")
    three.remove()
    assert states(three) == [State.FINISHED] * 3
    shown = str(fleet_message(fleet(three)).blocks)
    assert "*web-4* — *nothing was removed*: conflict: a container uses it" in shown
    assert "from 2 of 3 hosts" in shown


def test_hosts_and_groups_are_named_together(three: Desk) -> None:
    """In the order of the settings, each once."""
    made = asked(three, "rm -H web-5,web-3,web-5 redis:alpine")
    assert [part.host for part in made.asked.parts] == ["web-3", "web-5"]
    form = three.flows().receive.views.choosing.form(Choose(host="web-4,@prod"))
    assert isinstance(form, NewForm)
    assert (form.host, form.also, form.groups) == ("web-3", ("web-4", "@prod"), ("@prod", "all"))


@pytest.mark.parametrize("command", ["rm -H web-3,web-44 redis:alpine", "ls -H web-3,web-44", "rm -H web-3,web-44"])
def test_a_host_that_is_none_is_said(three: Desk, command: str) -> None:
    """Nobody is asked for a part of what was meant."""
    answer = three.type(command)
    assert isinstance(answer, Sentence)
    assert answer.text.startswith('There is no host "web-44". Did you mean web-4')
    with three.store.reading() as reading:
        assert reading.fleet(RequestId(1)) is None


def test_what_is_asked_of_the_number_of_all_names_those_of_each(three: Desk) -> None:
    """The number of all is no request of one host: what is done to one at a time says which numbers there are."""
    asked(three)
    press(three, Button.APPROVE)
    three.remove()
    answer = three.type("restore 1")
    assert isinstance(answer, Sentence)
    assert answer.text == "Request 1 is for several hosts; images are put back on one at a time."
    assert answer.hint == "Each host has a number of its own: 2 for web-3, 3 for web-4, 4 for web-5."
    late = three.type("cancel 1")
    assert isinstance(late, Sentence)
    assert late.text == "Request 1 is finished. Your command changed nothing."
    shown = three.type("show 1")
    assert isinstance(shown, FleetDetailed)
    assert "more host" not in str(reply(shown))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("redsi", "No such image: redsi:latest. Did you mean redis:7, redis:7.2"),
        ("$(ls -q redsi)", "web-3, web-4, web-5: Nothing on them matches"),
    ],
)
def test_what_is_on_no_host_is_told_with_what_comes_closest(three: Desk, typed: str, why: str) -> None:
    """As of one host."""
    answer = three.type(f"rm -H all {typed}")
    assert isinstance(answer, Sentence)
    assert why in answer.hint
