"""Approving some of several hosts: hosts and images are left out, and what is left is decided anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.approval.events import Looking, Rejected
from bot.approval.fleet import Fleet
from bot.approval.policy import Policy, Rule
from bot.approval.request import RequestId, State
from bot.audit.chain import Verified
from bot.flows.answers import FleetAskedFor, Form, FormKind, Sentence
from bot.flows.fleet_decide import MEANWHILE
from bot.flows.fleet_narrow import choices
from bot.flows.ports import Button, Click, ReplyTo, Unreachable
from bot.flows.standing import as_recorded
from bot.flows.verify import verified
from bot.images.glob import Glob, compiled
from bot.images.inventory import Inventory
from tests.approval.examples import DANA, OLGA, OMAR
from tests.flows.conftest import RULES, Desk
from tests.flows.test_fleets import CANARY, Other, asked, fleet, press, states, three

__all__ = ["three"]
BOTH = "rm -H @prod redis:alpine nginx:latest"


def form(desk: Desk) -> Form:
    """Let a lead press *Approve some*, and return the form."""
    before = len(desk.conversation.forms)
    answer = press(desk, Button.SOME)
    assert answer is None, answer
    ((_, made),) = desk.conversation.forms[before:]
    assert isinstance(made, Form)
    return made


def leave_out(desk: Desk, *names: str, of: Form | None = None) -> object:
    """Untick hosts and images by their names, and send the form in."""
    made = of or form(desk)
    assert made.fleet is not None
    found = choices(made.fleet)
    called = {number: host.plan.host for number, host in found.hosts.items()}
    called |= {number: steps[0].word for number, steps in found.images.items()}
    assert set(names) <= set(called.values())
    ticked = [str(number) for number, name in called.items() if name not in names]
    return desk.submit(made, OLGA, "", *ticked)


def test_a_host_that_is_left_out_is_not_touched(three: Desk) -> None:
    """It ends as rejected, with why; one click approves what is left, under another digest; Dana is told."""
    before = asked(three).asked
    assert leave_out(three, "web-4") is None
    now = fleet(three)
    assert states(three) == [State.PENDING, State.REJECTED, State.PENDING]
    assert [part.left_out for part in now.asked.parts] == [False, True, False]
    assert now.asked.digest != before.digest
    assert now.asked.token != before.token
    assert [each.narrowed.hosts for each in three.conversation.told_of_fleets if each.narrowed] == [("web-4",)]
    assert press(three, Button.APPROVE) is None
    three.remove()
    assert states(three) == [State.FINISHED, State.REJECTED, State.FINISHED]
    assert fleet(three).state is State.FINISHED
    assert "redis:alpine" in three.others[0].names()


def test_an_image_that_is_left_out_stays_on_all_hosts(three: Desk) -> None:
    """Each host has a plan without it, and the record says what was approved."""
    asked(three, BOTH)
    assert leave_out(three, "nginx:latest") is None
    assert {tuple(step.word for step in member.plan.steps) for member in fleet(three).members} == {("redis:alpine",)}
    assert fleet(three).narrowed is not None
    assert press(three, Button.APPROVE) is None
    three.remove()
    assert states(three) == [State.FINISHED] * 3
    for daemon in (three.daemon, *three.others):
        assert "nginx:latest" in daemon.names()
        assert "redis:alpine" not in daemon.names()
    with three.store.reading() as reading:
        assert isinstance(verified(reading), Verified)
        assert all(as_recorded(reading, RequestId(number)) for number in (2, 3, 4))


def test_both_at_once_and_again(three: Desk) -> None:
    """A host and an image, and then another host: the message says all that is out."""
    asked(three, BOTH)
    assert leave_out(three, "web-4", "nginx:latest") is None
    assert leave_out(three, "web-5") is None
    now = fleet(three)
    assert now.narrowed is not None
    assert (now.narrowed.hosts, now.narrowed.words) == (("web-4", "web-5"), ("nginx:latest",))
    assert press(three, Button.APPROVE) is None
    three.remove()
    assert states(three) == [State.FINISHED, State.REJECTED, State.REJECTED]


def test_approvals_from_before_are_void(three: Desk) -> None:
    """Nobody approved the new digest yet, so two have to."""
    three.policy = Policy(rules=(replace(RULES.rules[0], approvals=2),))
    asked(three)
    press(three, Button.APPROVE, OMAR)
    assert leave_out(three, "web-5") is None
    assert [len(member.approvals) for member in fleet(three).kept] == [0, 0]
    press(three, Button.APPROVE, OMAR)
    press(three, Button.APPROVE, OLGA)
    three.remove()
    assert states(three) == [State.FINISHED, State.FINISHED, State.REJECTED]


@pytest.mark.parametrize("button", [Button.APPROVE, Button.REJECT, Button.SOME, Button.LOOK])
def test_a_button_of_before_does_nothing(three: Desk, button: Button) -> None:
    """It was about all hosts; only withdrawing and looking at all of them are as they were."""
    old = asked(three).asked.token
    leave_out(three, "web-4")
    answer = three.press(button, fleet(three).lead, OLGA, value=old)
    assert isinstance(answer, Sentence)
    assert answer.text == "Hosts or images were left out of this request, so your click did nothing."
    assert states(three).count(State.PENDING) == 2
    three.press(Button.WITHDRAW, fleet(three).lead, DANA, value=old)
    assert states(three) == [State.WITHDRAWN, State.REJECTED, State.WITHDRAWN]


def test_a_form_of_before_does_nothing(three: Desk) -> None:
    """Two leads had it open: the second is told."""
    asked(three)
    first, second = form(three), form(three)
    leave_out(three, "web-4", of=first)
    answer = leave_out(three, "web-5", of=second)
    assert isinstance(answer, Sentence)
    assert "left out of this request" in answer.text


class Meanwhile(Other):
    """A daemon at which something happens once while it is asked."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.meanwhile: Callable[[], None] | None = None

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Return what it holds after that."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().inventory(kept=kept)


@pytest.mark.parametrize("looks", [True, False])
def test_what_happens_while_it_is_planned_anew_comes_first(desk: Desk, *, looks: bool) -> None:
    """Somebody looks at one host, or rejects it: nothing is written of what was left out, on no host."""
    desk.others = (daemon := Meanwhile("web-4"), Other("web-5"))
    asked(desk, BOTH)
    made = form(desk)

    def happens() -> None:
        now = desk.clock()
        looking = Looking(at=now, by=OMAR, until=now + timedelta(minutes=5))
        rejected = Rejected(at=now, by=OMAR, basis="leads", why="no")
        with desk.store.transaction() as tx:
            for member in fleet(desk).pending:
                tx.record(member, looking if looks else rejected)

    daemon.meanwhile = happens
    answer = leave_out(desk, "nginx:latest", of=made)
    assert isinstance(answer, Sentence)
    assert answer.text == (MEANWHILE if looks else "Request 1 is rejected. Your click changed nothing.")
    assert fleet(desk).narrowed is None
    assert {len(member.plan.steps) for member in fleet(desk).members} == {2}


def test_nothing_ticked_and_all_ticked_do_nothing(three: Desk) -> None:
    """Either is said, with what to press."""
    asked(three)
    none, everything = leave_out(three), leave_out(three, "web-3", "web-4", "web-5")
    assert isinstance(none, Sentence)
    assert isinstance(everything, Sentence)
    assert (none.hint, everything.hint) == ("Press Approve for all of it.", "Press Reject instead.")
    assert states(three) == [State.PENDING] * 3


def test_the_next_host_goes_first_where_the_first_is_left_out(three: Desk) -> None:
    """The rest still waits for one."""
    three.policy = CANARY
    asked(three)
    leave_out(three, "web-3")
    assert [member.held for member in fleet(three).kept] == [False, True]
    press(three, Button.APPROVE)
    three.remove()
    assert states(three) == [State.REJECTED, State.FINISHED, State.APPROVED]
    assert three.flows().waves.due()
    three.remove()
    assert states(three) == [State.REJECTED, State.FINISHED, State.FINISHED]


def test_one_host_that_is_left_waits_for_nobody(three: Desk) -> None:
    """There is no first and no rest any more."""
    three.policy = CANARY
    asked(three)
    leave_out(three, "web-3", "web-4")
    assert fleet(three).asked.canary == 0
    press(three, Button.APPROVE)
    three.remove()
    assert states(three) == [State.REJECTED, State.REJECTED, State.FINISHED]


def test_a_host_that_changed_meanwhile_is_void(three: Desk) -> None:
    """Where images are left out, each host is planned anew, and what moved on is no part of it."""
    asked(three, BOTH)
    three.others[0].tag("nginx:latest", "redis:alpine")
    assert leave_out(three, "nginx:latest") is None
    assert states(three) == [State.PENDING, State.DRIFTED, State.PENDING]
    assert press(three, Button.APPROVE) is None
    three.remove()
    assert states(three) == [State.FINISHED, State.DRIFTED, State.FINISHED]


def test_a_host_that_does_not_answer_is_named(three: Desk) -> None:
    """Then nothing is done; leaving that host out as well works."""
    asked(three, BOTH)
    three.others[1].reachable = False
    answer = leave_out(three, "nginx:latest")
    assert isinstance(answer, Sentence)
    assert answer.hint == "Leave web-5 out as well, or press again."
    assert states(three) == [State.PENDING] * 3
    assert leave_out(three, "nginx:latest", "web-5") is None


def test_nobody_leaves_out_to_get_by_a_stricter_rule(three: Desk) -> None:
    """What two were to approve, two have to approve still."""
    three.policy = Policy(
        rules=(
            Rule(name="four eyes", hosts=("web-4",), approvals=2, approvers=("S0OPSLEADS",)),
            Rule(name="prod", approvers=("S0OPSLEADS",)),
        )
    )
    asked(three)
    leave_out(three, "web-4")
    assert {member.needs.count for member in fleet(three).kept} == {2}


@pytest.mark.parametrize("left_out", ["nginx:latest", "web-3"])
def test_what_needs_nobody_can_still_be_approved(three: Desk, left_out: str) -> None:
    """Without the image or the host that has to be approved, the same people approve what is left."""
    redis = compiled("redis")
    assert isinstance(redis, Glob)
    free = [Rule(name="free", images=(redis,), approvals=0), Rule(name="dev", hosts=("web-4", "web-5"), approvals=0)]
    rest = Rule(name="prod", approvers=("S0OPSLEADS",))
    three.policy = Policy(rules=(free[left_out == "web-3"], rest))
    asked(three, BOTH)
    assert leave_out(three, left_out) is None
    assert press(three, Button.APPROVE) is None
    three.remove()
    assert fleet(three).state is State.FINISHED
    assert State.DRIFTED not in states(three)


def test_only_those_who_decide_leave_out(three: Desk) -> None:
    """Neither the requester nor anybody else, by button or by form."""
    asked(three)
    made = form(three)
    for answer in (press(three, Button.SOME, DANA), three.submit(made, DANA, "", "0")):
        assert isinstance(answer, Sentence)
        assert answer.text == "You asked for this, so someone else has to decide."


def test_somebody_looks_at_all_of_it(three: Desk) -> None:
    """It is shown, once for all hosts, and ends by itself; a second one is told."""
    asked(three)
    assert press(three, Button.LOOK) is None
    looks = fleet(three).look
    assert looks is not None
    assert looks.by == OLGA
    answer = press(three, Button.LOOK, OMAR)
    assert isinstance(answer, Sentence)
    assert answer.text.startswith("Somebody else is looking")
    three.goes_on(looks.until - three.clock())
    assert fleet(three).look is None


def test_one_image_on_one_host_cannot_be_less(desk: Desk) -> None:
    """There is no button, and whoever presses it all the same is told."""
    answer = desk.type("rm -H @prod redis:alpine")
    assert isinstance(answer, FleetAskedFor)
    refused = press(desk, Button.SOME)
    assert isinstance(refused, Sentence)
    assert refused.hint == "Approve it or reject it."


def test_the_pages_of_the_form_keep_what_was_left_out(three: Desk) -> None:
    """A page is of the request as it is now."""
    made: Fleet = asked(three)
    click = Click(
        key="page",
        button=Button.PAGE,
        value="1",
        channel="C0APPROVALS",
        ts="",
        reply_to=ReplyTo(person=OLGA, channel="C0APPROVALS", url=""),
        form=FormKind.SOME,
        carried=made.asked.token,
        left_out=frozenset({1}),
    )
    shown = three.flows().receive.views.pressed(click)
    assert isinstance(shown, Form)
    assert (shown.fleet, shown.page, shown.left_out) == (fleet(three), 1, frozenset({1}))
