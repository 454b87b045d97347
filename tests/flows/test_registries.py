"""Registries are asked a few at once and with little patience; what they say decides by the rules, then and later."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.approval.policy import NeedsApproval, Policy, Rule
from bot.approval.request import State
from bot.flows.answers import Planned
from bot.flows.ports import Button
from bot.flows.registries import AT_ONCE, LATE, Registries
from bot.images.grades import Grade, Graded
from bot.images.grading import Answer, Has, HasNot, Silent
from bot.images.inventory import Inventory
from bot.images.removal import Plan
from tests.approval.examples import OLGA
from tests.flows.conftest import Desk
from tests.flows.fakes import Clock, FakeDaemon
from tests.images.making import DIGEST, held, image, planned

LEADS = ("S0OPSLEADS",)
BY_GRADE = Policy(
    rules=(
        Rule(name="gone for good", grades=(Grade.ONLY_COPY,), approvals=2, approvers=LEADS),
        Rule(name="rest", approvers=LEADS),
    )
)
REDIS = "redis@sha256:f1ed3708f538b537eb9c2a7dd50dc90a706f7debd7e1196c9264edeea521a86d"
"""What the playground's redis:alpine was pulled by."""
DOWN = Silent(why="docker.io does not say: connection refused")
GONE = HasNot(why="docker.io does not have it")


class Registry(FakeDaemon):
    """A daemon whose registry answers as a test says."""

    def __init__(self, answer: Callable[[str], Answer] = lambda _: Has()) -> None:
        super().__init__()
        self.answer = answer
        self.at_once = 0
        self.most = 0
        self._counting = threading.Lock()

    def distribution(self, reference: str) -> Answer:
        """Answer, and count how many ask at once."""
        with self._counting:
            self.asked_for.append(reference)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        try:
            return self.answer(reference)
        finally:
            with self._counting:
                self.at_once -= 1


def many(count: int) -> tuple[Inventory, Plan]:
    """Return a host with so many images that were pulled, and the plan to remove them all."""
    host = held(*(image(f"a{n}:1", f"a{n}@{DIGEST}", label=str(n)) for n in range(count)))
    return host, planned(host, *(f"a{n}:1" for n in range(count)))


def test_a_few_are_asked_at_once() -> None:
    """Each reference once, by no more threads than a few."""
    barrier = threading.Barrier(AT_ONCE)

    def together(_: str) -> Answer:
        barrier.wait(timeout=30)
        return Has()

    daemon = Registry(together)
    host, plan = many(AT_ONCE * 3)
    graded = Registries(now=Clock(), patience=timedelta(seconds=30)).graded(daemon, plan, host).graded
    assert [each.grade for each in graded] == [Grade.REPULLABLE] * AT_ONCE * 3
    assert sorted(daemon.asked_for) == sorted(f"a{n}@{DIGEST}" for n in range(AT_ONCE * 3))
    assert daemon.most == AT_ONCE


def test_planning_does_not_wait_for_a_slow_registry() -> None:
    """What has not answered in time is unknown; what comes later is known when it is asked for again."""
    go_on, clock = threading.Event(), Clock()
    daemon = Registry(lambda reference: Has() if reference.startswith("a0@") or go_on.wait(30) else DOWN)
    host, plan = many(2)
    registries = Registries(now=clock, patience=timedelta(seconds=1))
    first, second = registries.graded(daemon, plan, host).graded
    assert (first.grade, second.grade, second.why, second.asked_at) == (
        Grade.REPULLABLE,
        Grade.UNKNOWN,
        LATE,
        clock.time,
    )
    go_on.set()
    while daemon.at_once:
        pass
    assert [each.grade for each in registries.graded(daemon, plan, host).graded] == [Grade.REPULLABLE] * 2
    assert len(daemon.asked_for) <= 3  # the second once more at the most, where its answer was not kept yet


def test_nothing_is_asked_where_the_patience_is_at_its_end() -> None:
    """A thousand images do not keep threads busy for long after."""
    daemon = Registry()
    host, plan = many(50)
    graded = Registries(now=Clock(), patience=timedelta(0)).graded(daemon, plan, host).graded
    assert {each.grade for each in graded} == {Grade.UNKNOWN}
    assert daemon.asked_for == []


@pytest.mark.parametrize(
    ("answer", "later", "asked"),
    [(Has(), 599, 1), (Has(), 600, 2), (GONE, 599, 1), (DOWN, 59, 1), (DOWN, 60, 2)],
)
def test_an_answer_is_remembered(answer: Answer, later: int, asked: int) -> None:
    """For ten minutes, and for one where there was none; and for the host whose daemon asked."""
    clock, daemon = Clock(), Registry(lambda _: answer)
    registries = Registries(now=clock)
    host, plan = many(1)
    before = registries.graded(daemon, plan, host).graded
    clock.goes_on(timedelta(seconds=later))
    after = registries.graded(daemon, plan, host).graded
    assert len(daemon.asked_for) == asked
    assert (before == after) is (asked == 1)
    elsewhere = Registry(lambda _: Has())
    elsewhere._host = "web-4"  # noqa: SLF001 -- a fake's own
    registries.graded(elsewhere, plan, host)
    assert len(elsewhere.asked_for) == 1


def test_nothing_is_asked_where_nothing_goes() -> None:
    """Nor where only a name does."""
    daemon = Registry()
    host = held(image("a:1", "b:1", f"a@{DIGEST}", label="a"))
    plan = planned(host, "b:1", "gone:1")
    assert Registries(now=Clock()).graded(daemon, plan, host) == plan
    assert daemon.asked_for == []


def only(desk: Desk) -> Graded:
    """Return the only grade of the request's plan."""
    (graded,) = desk.request().plan.graded
    return graded


def asked(desk: Desk, answer: Answer = Has()) -> None:  # noqa: B008 -- a value
    """Let Dana ask for redis:alpine where a registry answers so."""
    desk.policy = BY_GRADE
    desk.daemon.registry[REDIS] = answer
    desk.asked()


def test_the_grade_is_kept_with_the_request(desk: Desk) -> None:
    """With when it was asked; and the rules go by it."""
    asked(desk)
    assert (only(desk).grade, only(desk).reference, only(desk).asked_at) == (Grade.REPULLABLE, REDIS, desk.clock.time)
    assert desk.request().needs.rule == "rest"


def test_a_dry_run_says_it(desk: Desk) -> None:
    """What was never pushed is the only copy, and asks for two."""
    desk.policy = BY_GRADE
    answer = desk.type("rm --dry-run -f acme/api:pr-881")
    assert isinstance(answer, Planned)
    assert [each.grade for each in answer.plan.graded] == [Grade.ONLY_COPY]
    assert isinstance(answer.verdict, NeedsApproval)
    assert answer.verdict.needs.rule == "gone for good"


def test_an_image_that_is_gone_from_the_registry_by_the_click(desk: Desk) -> None:
    """The rules ask for more then, so nothing is approved; and the message says why."""
    asked(desk)
    desk.clock.goes_on(timedelta(minutes=10))
    desk.daemon.registry[REDIS] = GONE
    assert desk.press(Button.APPROVE, desk.request(), OLGA) is None
    request = desk.request()
    assert request.state is State.DRIFTED
    assert request.closing is not None
    assert request.closing.why.splitlines() == [
        f"+ {REDIS}  was re-pullable, and is only-copy now",
        '- rule "rest": 1 of S0OPSLEADS',
        '+ rule "gone for good": 2 of S0OPSLEADS',
    ]


def test_an_image_that_is_gone_from_the_registry_by_the_claim(desk: Desk) -> None:
    """Nothing is sent."""
    asked(desk)
    desk.press(Button.APPROVE, desk.request(), OLGA)
    assert desk.request().state is State.APPROVED
    desk.clock.goes_on(timedelta(minutes=10))
    desk.daemon.registry[REDIS] = GONE
    desk.remove()
    assert desk.request().state is State.DRIFTED
    assert desk.daemon.sent == []


@pytest.mark.parametrize(("later", "state"), [(59, State.APPROVED), (60, State.DRIFTED)])
def test_a_registry_that_is_down_at_the_click(desk: Desk, later: int, state: State) -> None:
    """What it said last counts for an hour; after that it is unknown, and a rule may go by that."""
    asked(desk)
    desk.policy = replace(
        BY_GRADE, rules=(replace(BY_GRADE.rules[0], grades=(Grade.ONLY_COPY, Grade.UNKNOWN)), BY_GRADE.rules[1])
    )
    desk.clock.goes_on(timedelta(minutes=later))
    desk.daemon.registry[REDIS] = DOWN
    desk.press(Button.APPROVE, desk.request(), OLGA)
    assert desk.request().state is state


def test_a_grade_that_no_rule_goes_by_is_not_asked_for_again(desk: Desk) -> None:
    """The click and the claim do not wait for a registry then, and no approval is void."""
    desk.daemon.registry[REDIS] = Has()
    desk.asked()
    desk.clock.goes_on(timedelta(minutes=30))
    desk.daemon.registry[REDIS] = GONE
    desk.press(Button.APPROVE, desk.request(), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert desk.daemon.asked_for == [REDIS]
    assert only(desk).grade is Grade.REPULLABLE


def test_a_part_of_a_plan_keeps_its_grades(desk: Desk) -> None:
    """Where steps are left out, what is left is graded, and held against the rules as such."""
    desk.policy = BY_GRADE
    desk.daemon.registry[REDIS] = Has()
    desk.asked("rm -f redis:alpine acme/cache:2")
    assert [each.grade for each in desk.request().plan.graded] == [Grade.REPULLABLE, Grade.ONLY_COPY]
    assert desk.request().needs.count == 2
    form = desk.form(Button.SOME, desk.request(), OLGA)
    assert desk.submit(form, OLGA, "", "0") is None
    assert [each.grade for each in desk.request().plan.graded] == [Grade.REPULLABLE]
    assert desk.request().needs.rule == "rest"


def test_asking_again_asks_the_registry_again(desk: Desk) -> None:
    """The new plan has the grade of now."""
    asked(desk)
    desk.clock.goes_on(timedelta(minutes=10))
    desk.daemon.registry[REDIS] = GONE
    desk.press(Button.APPROVE, desk.request(), OLGA)
    desk.press(Button.ASK_AGAIN, desk.request(), OLGA)
    again = desk.request(2)
    assert [each.grade for each in again.plan.graded] == [Grade.ONLY_COPY]
    assert again.needs.rule == "gone for good"
