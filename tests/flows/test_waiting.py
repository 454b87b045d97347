"""What happens to a request while it waits: reasons, forms, looks, reminders, others who ask for the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.approval.digest import code, digest
from bot.approval.events import Asked, Narrowed
from bot.approval.notes import Refusal
from bot.approval.policy import BreakGlass, Policy, ReasonRule, Rule
from bot.approval.request import Call, Needs, Person, Request, State, Token
from bot.audit.query import HistoryRecord
from bot.flows.answers import AskedFor, Form, FormKind, JoinedTo, Planned, Sentence, Told, TooLate
from bot.flows.ports import Button, Undelivered
from bot.flows.standing import as_recorded
from bot.images.glob import Glob, compiled
from tests.approval.examples import DANA, IN_STATE, NOW, OLGA, OMAR
from tests.flows.conftest import RULES, Desk
from tests.plans import removal_plan

SAM = Person(team_id="T0", user_id="U0SAM")
ONCALL = Person(team_id="T0", user_id="U0ONCALL")
GLASS = replace(RULES, break_glass=BreakGlass(people=("U0DEV",), least=20))
REASON = "the disk of web-3 is full, and nobody is awake"


def _text(answer: object) -> str:
    assert isinstance(answer, Sentence), answer
    return answer.text


def _needing(desk: Desk, needs: Needs) -> Request:
    """Ask as ever, and give the request other needs: the rules that say so are tested with the policy."""
    request = desk.asked()
    desk.type("cancel 1")
    with desk.store.transaction() as tx:
        made = tx.ask(
            Asked(
                at=desk.clock(),
                by=DANA,
                channel="C0DEV",
                reason="",
                plan=request.plan,
                digest=request.digest,
                token=Token(f"{request.token}-2"),
                needs=needs,
                expires_at=desk.clock() + timedelta(hours=4),
            )
        )
    desk.publish()
    return made


# Rejecting


def test_a_rejection_says_why(desk: Desk) -> None:
    """The reason is asked for in a form, stored with the rejection, and told to who asked."""
    request = desk.asked()
    form = desk.form(Button.REJECT, request, OLGA)
    assert (form.kind, form.value, form.request) == (FormKind.REJECT, request.token, request)
    assert desk.request().state is State.PENDING
    assert desk.submit(form, OLGA, " it is needed on Friday ") is None
    rejected = desk.request()
    assert rejected.state is State.REJECTED
    assert rejected.closing is not None
    assert rejected.closing.why == "it is needed on Friday"
    assert desk.conversation.told[-1].state is State.REJECTED


def test_the_right_to_reject_is_read_when_the_form_comes_in(desk: Desk) -> None:
    """Who lost the right while writing does not reject, and is told so."""
    form = desk.form(Button.REJECT, desk.asked(), OLGA)
    desk.directory.leads = frozenset({"U0LEAD2"})
    assert "not one of the people" in _text(desk.submit(form, OLGA, "no"))
    assert desk.request().state is State.PENDING


def test_a_form_that_comes_too_late_is_told_how_it_stands(desk: Desk) -> None:
    """Somebody approved while another wrote why not."""
    request = desk.asked()
    form = desk.form(Button.REJECT, request, OLGA)
    desk.press(Button.APPROVE, request, OMAR)
    assert isinstance(desk.submit(form, OLGA, "no"), TooLate)
    assert desk.request().state is State.APPROVED


def test_a_form_of_somebody_without_the_right_is_not_opened(desk: Desk) -> None:
    """The requester and a stranger get a sentence instead."""
    request = desk.asked()
    assert "someone else has to decide" in _text(desk.press(Button.REJECT, request, DANA))
    assert "not one of the people" in _text(desk.press(Button.SOME, request, SAM))
    assert desk.conversation.forms == []


def test_a_form_that_slack_does_not_take_is_said(desk: Desk) -> None:
    """A trigger is good for three seconds; after that the button has to be pressed again."""
    request = desk.asked()
    desk.conversation.takes_forms = False
    assert "did not take my form" in _text(desk.press(Button.REJECT, request, OLGA))


def test_a_form_with_a_forged_token_does_nothing(desk: Desk) -> None:
    """What a form carries came from outside: it is looked up, and refused where it is none."""
    desk.asked()
    forged = Form(kind=FormKind.REJECT, value="forged")
    assert "no longer what the form was about" in _text(desk.submit(forged, OLGA, "no"))
    assert desk.request().state is State.PENDING


def test_a_form_is_taken_once(desk: Desk) -> None:
    """The same view delivered again does nothing and says nothing."""
    form = desk.form(Button.REJECT, desk.asked(), OLGA)
    desk.submit(form, OLGA, "no", key="form:V1")
    before = desk.kinds()
    assert desk.submit(form, OLGA, "no", key="form:V1") is None
    assert desk.kinds() == before


# Approving some


def test_some_of_a_plan_is_a_new_plan(desk: Desk) -> None:
    """What is left is planned anew, with a code and a token of its own; the old button does nothing."""
    request = desk.asked("rm redis:alpine nginx")
    form = desk.form(Button.SOME, request, OLGA)
    assert desk.submit(form, OLGA, "", "1") is None
    narrowed = desk.request()
    assert [step.removal.word for step in removal_plan(narrowed).steps] == ["nginx"]
    assert narrowed.digest == digest(removal_plan(narrowed)) != request.digest
    assert narrowed.token != request.token
    assert [left_out.words for left_out in narrowed.left_out] == [("redis:alpine",)]
    assert desk.conversation.told[-1].left_out == narrowed.left_out
    assert "Steps were left out of this plan" in _text(desk.press(Button.APPROVE, request, OLGA))
    with desk.store.reading() as reading:
        refusal = reading.timeline(request.id)[-1].event
    assert isinstance(refusal, Refusal)  # it is on record with the request that it was about
    assert desk.press(Button.APPROVE, narrowed, OLGA) is None
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert "redis:alpine" in desk.daemon.names()
    assert "nginx:latest" not in desk.daemon.names()


def test_who_asked_can_still_withdraw_what_was_narrowed(desk: Desk) -> None:
    """The button in the private answer carries the earlier token."""
    request = desk.asked("rm redis:alpine nginx")
    desk.submit(desk.form(Button.SOME, request, OLGA), OLGA, "", "1")
    assert "is withdrawn" in _text(desk.press(Button.WITHDRAW, request, DANA))
    assert desk.request().state is State.WITHDRAWN


def test_a_tag_that_moved_is_not_swallowed_by_a_part(desk: Desk) -> None:
    """Nobody has seen the plan as it would be now: that is drift, as at an approval."""
    request = desk.asked("rm redis:alpine nginx")
    form = desk.form(Button.SOME, request, OLGA)
    desk.daemon.tag("node:slim", "redis:alpine")
    desk.submit(form, OLGA, "", "0")
    assert desk.request().state is State.DRIFTED


def test_a_part_needs_what_the_rules_ask_for_it(desk: Desk) -> None:
    """Without the image that two have to approve, one is enough, and nothing is void."""
    redis, rest = (compiled(text) for text in ("redis", "*"))
    assert isinstance(redis, Glob)
    assert isinstance(rest, Glob)
    two = Rule(name="redis", images=(redis,), approvals=2, approvers=("S0OPSLEADS",))
    desk.policy = Policy(rules=(two, Rule(name="rest", approvers=("S0OPSLEADS",))))
    request = desk.asked("rm redis:alpine nginx")
    assert request.needs.count == 2
    desk.submit(desk.form(Button.SOME, request, OLGA), OLGA, "", "1")
    assert desk.request().needs.count == 1
    desk.press(Button.APPROVE, desk.request(), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED


def test_a_part_that_needs_nobody_is_approved_by_whoever_chose_it(desk: Desk) -> None:
    """Nobody is named who could still approve it, so it would wait until it ran out."""
    redis = compiled("redis")
    assert isinstance(redis, Glob)
    free = Rule(name="free", images=(redis,), approvals=0)
    desk.policy = Policy(rules=(free, Rule(name="rest", approvers=("S0OPSLEADS",))))
    request = desk.asked("rm redis:alpine nginx")
    assert desk.submit(desk.form(Button.SOME, request, OLGA), OLGA, "", "0") is None
    assert desk.request().state is State.APPROVED
    assert [approval.by for approval in desk.request().approvals] == [OLGA]
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert "nginx:latest" in desk.daemon.names()
    with desk.store.reading() as reading:
        assert as_recorded(reading, request.id)


def test_an_earlier_approval_does_not_count_for_a_part(desk: Desk) -> None:
    """One of two had approved the whole: for the part two are needed again."""
    desk.policy = Policy(rules=(Rule(name="prod", approvals=2, approvers=("S0OPSLEADS",)),))
    request = desk.asked("rm redis:alpine nginx")
    desk.press(Button.APPROVE, request, OMAR)
    desk.submit(desk.form(Button.SOME, request, OLGA), OLGA, "", "0")
    assert desk.request().approvals == ()


@pytest.mark.parametrize(("ticked", "told"), [(("0", "1"), "Nothing was left out"), ((), "Nothing was ticked")])
def test_all_or_nothing_is_no_part(desk: Desk, ticked: Sequence[str], told: str) -> None:
    """Both have a button of their own."""
    request = desk.asked("rm redis:alpine nginx")
    assert told in _text(desk.submit(desk.form(Button.SOME, request, OLGA), OLGA, "", *ticked))
    assert desk.request() == request


def test_one_step_has_no_part(desk: Desk) -> None:
    """There is nothing to choose from."""
    assert "Only one step" in _text(desk.press(Button.SOME, desk.asked(), OLGA))


def test_the_narrower_plan_is_on_record(desk: Desk) -> None:
    """Who left out what, on what basis, and the plan that came of it."""
    request = desk.asked("rm redis:alpine nginx")
    desk.submit(desk.form(Button.SOME, request, OLGA), OLGA, "", "1")
    with desk.store.reading() as reading:
        event = reading.timeline(request.id)[-1].event
    assert isinstance(event, Narrowed)
    assert (event.by, event.basis, event.left_out) == (OLGA, "group S0OPSLEADS", (0,))
    assert event.plan == desk.request().plan


# Looking, reminding, escalating


def test_a_look_is_shown_and_ends_by_itself(desk: Desk) -> None:
    """Others see who is looking, for ten minutes; they may decide all the same."""
    request = desk.asked()
    assert desk.press(Button.LOOK, request, OLGA) is None
    look = desk.request().look
    assert look is not None
    assert (look.by, look.until) == (OLGA, NOW + timedelta(minutes=10))
    desk.goes_on(timedelta(minutes=9))
    assert desk.request().look == look
    desk.goes_on(timedelta(minutes=1))
    assert desk.request().look is None
    assert desk.kinds() == ["asked", "looking", "look-ended"]


def test_a_second_look_does_not_hide_the_first(desk: Desk) -> None:
    """Who came later is told, and may decide all the same."""
    request = desk.asked()
    desk.press(Button.LOOK, request, OLGA)
    assert "Somebody else is looking" in _text(desk.press(Button.LOOK, request, OMAR))
    look = desk.request().look
    assert look is not None
    assert look.by == OLGA


def test_a_rejection_of_blanks_is_none(desk: Desk) -> None:
    """A reason has letters."""
    form = desk.form(Button.REJECT, desk.asked(), OLGA)
    assert "needs a reason" in _text(desk.submit(form, OLGA, "  "))
    assert desk.request().state is State.PENDING


def test_every_call_is_said(desk: Desk) -> None:
    """Slack was away while two came due: the escalation is not swallowed by what came after it."""
    needs = replace(desk.asked().needs, escalate_after=timedelta(hours=3), escalate_to=("U0ONCALL",))
    _needing(desk, needs)
    desk.conversation.refuses = Undelivered(why="internal_error", again_in=timedelta(minutes=1))
    desk.goes_on(timedelta(hours=3))
    desk.goes_on(timedelta(minutes=12))
    desk.conversation.refuses = None
    for _ in range(4):
        desk.goes_on(timedelta(minutes=5))
    assert [called.call for _, called in desk.conversation.called] == [Call.ESCALATE, Call.RUNS_OUT]


def test_a_decision_ends_a_look(desk: Desk) -> None:
    """Nothing ends later that is over already."""
    request = desk.asked()
    desk.press(Button.LOOK, request, OLGA)
    desk.press(Button.APPROVE, request, OMAR)
    desk.goes_on(timedelta(minutes=11))
    assert desk.kinds() == ["asked", "looking", "approved"]


def test_those_who_may_decide_are_reminded_once(desk: Desk) -> None:
    """After the rule's time, in the thread of the message."""
    _needing(desk, replace(desk.asked().needs, remind_after=timedelta(minutes=30)))
    desk.goes_on(timedelta(minutes=29))
    assert desk.conversation.called == []
    for _ in range(3):
        desk.goes_on(timedelta(minutes=1))
    assert [called.call for _, called in desk.conversation.called] == [Call.REMIND]


def test_a_reminder_is_not_sent_for_what_is_decided(desk: Desk) -> None:
    """It was due, Slack was away, and then somebody rejected."""
    request = _needing(desk, replace(desk.asked().needs, remind_after=timedelta(minutes=30)))
    desk.conversation.refuses = Undelivered(why="internal_error", again_in=timedelta(minutes=1))
    desk.goes_on(timedelta(minutes=30))
    desk.reject(request, OLGA)
    desk.conversation.refuses = None
    desk.goes_on(timedelta(hours=1))
    assert desk.kinds(request.id) == ["asked", "called", "rejected"]
    assert desk.conversation.called == []


def test_an_escalation_gives_others_the_right(desk: Desk) -> None:
    """Before it they may not decide, after it they may."""
    needs = replace(desk.asked().needs, escalate_after=timedelta(hours=1), escalate_to=("U0ONCALL",))
    request = _needing(desk, needs)
    assert "not one of the people" in _text(desk.press(Button.APPROVE, request, ONCALL))
    desk.goes_on(timedelta(hours=1))
    assert [called.call for _, called in desk.conversation.called] == [Call.ESCALATE]
    assert desk.form(Button.REJECT, desk.request(2), ONCALL).kind is FormKind.REJECT


def test_who_waits_is_told_before_it_runs_out(desk: Desk) -> None:
    """After four fifths of the time, once; then it expires, which is no rejection."""
    desk.asked()
    desk.goes_on(timedelta(hours=3, minutes=12))
    assert [called.call for _, called in desk.conversation.called] == [Call.RUNS_OUT]
    assert [(told.state, told.version) for told in desk.conversation.told] == [(State.PENDING, 2)]
    desk.goes_on(timedelta(minutes=48))
    desk.flows().expire.due()
    assert desk.kinds() == ["asked", "called", "expired"]
    assert desk.request().state is State.EXPIRED


# Asking for what is asked for already


def test_whoever_asks_for_the_same_follows(desk: Desk) -> None:
    """However it is typed: no second message, and both are told how it ends."""
    request = desk.asked("rm redis:alpine")
    answer = desk.type("docker rmi -m 'me too' redis:alpine", SAM)
    assert isinstance(answer, JoinedTo)
    assert answer.request.id == request.id
    assert answer.request.followers == (SAM,)
    desk.reject(desk.request(), OLGA)
    assert set(desk.conversation.told_whom) == {DANA, SAM}
    assert desk.kinds() == ["asked", "joined", "rejected"]


def test_the_same_person_does_not_follow_twice(desk: Desk) -> None:
    """Nor their own request: they are told which it is."""
    desk.asked("rm redis:alpine")
    for by in (DANA, SAM, SAM):
        assert isinstance(desk.type("rm redis:alpine", by), JoinedTo)
    assert desk.kinds() == ["asked", "joined"]


@pytest.mark.parametrize(
    "other", ["rm -f redis:alpine", "rm nginx", "rm redis:alpine nginx", "rm --no-prune redis:alpine"]
)
def test_another_removal_is_another_request(desk: Desk, other: str) -> None:
    """Force, prune and other images make another plan."""
    desk.asked("rm redis:alpine")
    assert isinstance(desk.type(other, SAM), AskedFor)


def test_nobody_waits_for_what_the_rules_let_them_do(desk: Desk) -> None:
    """Sam may at once what Dana has to ask for: his is a request of its own, and hers drifts."""
    desk.policy = Policy(
        rules=(Rule(name="sam", approvals=0, requesters=("U0SAM",)), Rule(name="prod", approvers=("S0OPSLEADS",)))
    )
    desk.asked("rm redis:alpine")
    answer = desk.type("rm redis:alpine", SAM)
    assert isinstance(answer, AskedFor)
    assert answer.request.state is State.APPROVED


# Reasons, and plans that were shown


def test_a_reason_that_is_missing_is_asked_for(desk: Desk) -> None:
    """The plan is shown with a button; what is filled in is held to the rule, and then it is asked for."""
    reason = ReasonRule(pattern="OPS-[0-9]+", hint="a ticket, such as OPS-123")
    desk.policy = Policy(rules=(Rule(name="prod", approvers=("S0OPSLEADS",), reason=reason),))
    planned = desk.type("rm redis:alpine")
    assert isinstance(planned, Planned)
    assert planned.wants == "The rule asks for a reason: a ticket, such as OPS-123."
    shown = f"{code(digest(planned.plan))} {planned.ask}"
    form = Form(kind=FormKind.REASON, value=shown)
    again = desk.submit(form, DANA, "the disk is full")
    assert isinstance(again, Planned)
    assert "another reason" in again.wants
    asked = desk.submit(form, DANA, "OPS-7 the disk is full")
    assert isinstance(asked, AskedFor)
    assert asked.request.reason == "OPS-7 the disk is full"


def test_what_is_asked_for_by_a_button_is_what_was_shown(desk: Desk) -> None:
    """Where no approval is needed a moved tag would be removed at once, and nobody had seen it."""
    desk.policy = Policy(rules=(Rule(name="dev", approvals=0),))
    planned = desk.type("rm --dry-run redis:alpine")
    assert isinstance(planned, Planned)
    desk.daemon.tag("node:slim", "redis:alpine")
    shown = f"{code(digest(planned.plan))} {planned.ask}"
    click = desk.press(Button.ASK, IN_STATE[State.PENDING], DANA, value=shown)
    assert isinstance(click, Planned)
    assert click.changed
    desk.remove()
    assert desk.daemon.sent == []


# Breaking the glass


def _broken(desk: Desk, reason: str = REASON, typed: str = "") -> object:
    """Let Dana break the glass for redis:alpine; the code is right where none is given."""
    planned = desk.type("rm --break-glass redis:alpine")
    assert isinstance(planned, Planned)
    assert planned.glass
    right = code(digest(planned.plan))
    form = Form(kind=FormKind.BREAK_GLASS, value=planned.ask, code=right)
    return desk.submit(form, DANA, reason, typed or right)


def test_a_broken_glass_removes_at_once_and_is_reviewed(desk: Desk) -> None:
    """No approval, the plan as ever, marked, and open until a lead has closed it."""
    desk.policy = GLASS
    assert isinstance(_broken(desk), AskedFor)
    desk.remove()
    finished = desk.request()
    assert (finished.state, finished.approvals, finished.break_glass) == (State.FINISHED, (), True)
    assert finished.reason == REASON
    assert "redis:alpine" not in desk.daemon.names()
    assert finished.awaits_review
    for words, found in (("via:break-glass", True), ("-via:break-glass", False), ("via:bot", True)):
        told = desk.type(f"history {words}", OLGA)
        assert isinstance(told, Told)
        assert all(record.break_glass for record in told.records if isinstance(record, HistoryRecord))
        assert bool(told.records) == found
    form = desk.form(Button.REVIEW, finished, OLGA)
    assert desk.submit(form, OLGA, "it was right") is None
    reviewed = desk.request().review
    assert reviewed is not None
    assert (reviewed.by, reviewed.note) == (OLGA, "it was right")
    assert isinstance(desk.press(Button.REVIEW, finished, OLGA), TooLate)


def test_whoever_broke_the_glass_does_not_review(desk: Desk) -> None:
    """Even where they are a lead themselves."""
    desk.policy = GLASS
    _broken(desk)
    desk.remove()
    assert "someone else has to decide" in _text(desk.press(Button.REVIEW, desk.request(), DANA))


def test_a_review_that_nobody_closes_is_called_for_every_day(desk: Desk) -> None:
    """Until somebody does."""
    desk.policy = GLASS
    _broken(desk)
    desk.remove()
    for _ in range(3):
        desk.goes_on(timedelta(hours=24))
    assert [called.call for _, called in desk.conversation.called] == [Call.REVIEW] * 3


def test_only_those_named_may_break_the_glass(desk: Desk) -> None:
    """Neither by typing, nor by a form that somebody made up."""
    desk.policy = GLASS
    assert "not one of the people" in _text(desk.type("rm --break-glass redis:alpine", SAM))
    form = Form(kind=FormKind.BREAK_GLASS, value="rm redis:alpine")
    assert "not one of the people" in _text(desk.submit(form, SAM, REASON, "AAAA-AAAA"))
    desk.policy = RULES
    assert "not one of the people" in _text(desk.type("rm --break-glass redis:alpine"))
    with desk.store.reading() as reading:
        assert [event.fields.kind for event in reading.chain()].count("refusal") == 3


def test_the_code_and_the_reason_are_looked_at_again(desk: Desk) -> None:
    """What a form lets through is not believed."""
    desk.policy = GLASS
    assert "is not the code of the plan" in _text(_broken(desk, typed="AAAA-AAAA"))
    assert "at least 20 characters" in _text(_broken(desk, reason="quick"))
    assert desk.daemon.sent == []


def test_no_glass_is_in_front_of_what_is_forbidden_or_allowed(desk: Desk) -> None:
    """A rule that forbids stays, and where nobody has to approve there is nothing to break."""
    desk.policy = replace(GLASS, rules=(Rule(name="frozen", approvals=None),))
    assert "forbids" in _text(desk.type("rm --break-glass redis:alpine"))
    desk.policy = replace(GLASS, rules=(Rule(name="dev", approvals=0),))
    assert "nobody's approval" in _text(desk.type("rm --break-glass redis:alpine"))


def test_a_glass_broken_for_a_plan_that_changed_removes_nothing(desk: Desk) -> None:
    """It is as bound to the plan as an approval is."""
    desk.policy = GLASS
    assert isinstance(_broken(desk), AskedFor)
    desk.daemon.tag("redis:alpine", "kept:1")
    desk.remove()
    assert desk.request().state is State.DRIFTED
    assert desk.daemon.sent == []
