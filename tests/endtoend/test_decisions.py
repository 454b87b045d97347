"""Who may decide, and what hostile or hurried people get: everybody is answered, nothing goes that should not."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.approval.notes import Refusal
from bot.approval.request import State
from tests.daemons import RunningDaemon
from tests.endtoend.team import APPROVALS, DANA, OLGA, OMAR, SAM, Team, until
from tests.plans import removal_plan
from tests.worlds import Build, container, load


def test_two_leads_click_at_once_and_it_runs_once(at_work: Team, dockerd: RunningDaemon) -> None:
    """One approval counts, one removal is sent, and the other lead is told that it was decided."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    _, message = at_work.people.ask(DANA, "/img rm redis:7")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda lead: at_work.people.press(lead, message, "img_approve"), (OLGA, OMAR)))
    finished = at_work.reaches(1, State.FINISHED)
    assert len(finished.approvals) == 1
    assert len(at_work.tap.removals()) == 1
    late = OMAR if finished.approvals[0].by.user_id == OLGA else OLGA
    assert "Your click changed nothing" in str(at_work.people.answer(late, APPROVALS))


def test_the_requester_is_told_why_not(at_work: Team, dockerd: RunningDaemon) -> None:
    """Nobody approves their own request."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    _, message = at_work.people.ask(DANA, "/img rm redis:7")
    at_work.people.press(DANA, message, "img_approve")
    assert "someone else has to decide" in str(at_work.people.answer(DANA, APPROVALS))
    assert at_work.request(1).state is State.PENDING


def test_a_lead_does_not_approve_what_she_asked_for(at_work: Team, dockerd: RunningDaemon) -> None:
    """Being in the approvers' group does not make it another person."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    _, message = at_work.people.ask(OLGA, "/img rm redis:7")
    at_work.people.press(OLGA, message, "img_approve")
    assert "someone else has to decide" in str(at_work.people.answer(OLGA, APPROVALS))
    assert at_work.tap.removals() == []


@pytest.mark.parametrize("button", ["img_approve", "img_reject"])
def test_a_stranger_is_told(at_work: Team, dockerd: RunningDaemon, button: str) -> None:
    """Who is not named by the rule can do nothing, is answered, and the refusal is on record."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    _, message = at_work.people.ask(DANA, "/img rm redis:7")
    at_work.people.press(SAM, message, button)
    assert "not one of the people who may decide" in str(at_work.people.answer(SAM, APPROVALS))
    assert at_work.request(1).state is State.PENDING
    refusals = [event.event for event in at_work.timeline(1) if isinstance(event.event, Refusal)]
    assert [(refusal.by.user_id, refusal.action) for refusal in refusals] == [(SAM, button)]


def test_a_lead_rejects(at_work: Team, dockerd: RunningDaemon) -> None:
    """Nothing is removed, the message says who said no, and the requester is told."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    _, message = at_work.people.ask(DANA, "/img rm redis:7")
    at_work.people.reject(OLGA, message, "It is needed on Friday.")
    at_work.reaches(1, State.REJECTED)
    shown = at_work.shows("Rejected by <@U0LEAD>")
    assert "It is needed on Friday." in str(shown)
    assert "img_approve" not in str(shown)
    assert "Rejected" in str(until(lambda: at_work.people.messages(DANA, "D0DEV"))[0])
    assert at_work.tap.removals() == []


def test_a_lead_approves_some(at_work: Team, dockerd: RunningDaemon) -> None:
    """One of two is left out: the message shows the new plan with a new code, and only what is left is removed."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]), Build(tags=["nginx:1"], layers=["nginx"]))
    _, message = at_work.people.ask(DANA, "/img rm redis:7 nginx:1")
    at_work.people.press(OLGA, message, "img_some")
    form = at_work.people.form(OLGA)
    assert at_work.people.submit(OLGA, form, **{"steps-0": ["1"]}) == {}
    shown = at_work.shows("left out `redis:7`")
    at_work.people.press(OLGA, shown, "img_approve")
    finished = at_work.reaches(1, State.FINISHED)
    assert [step.removal.word for step in removal_plan(finished).steps] == ["nginx:1"]
    assert "left out `redis:7`" in str(until(lambda: at_work.people.messages(DANA, "D0DEV"))[0])
    assert len(at_work.tap.removals()) == 1


def test_a_form_says_what_is_wrong_with_a_code(at_work: Team, dockerd: RunningDaemon) -> None:
    """Dana may break the glass; with another code the form stays open and says so, with the right one it is done."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    at_work.people.type(DANA, "/img rm --break-glass redis:7")
    answer = at_work.people.answer(DANA)
    at_work.people.press(DANA, answer, "img_break_glass")
    form = at_work.people.form(DANA)
    reason = "The disk is full and nobody is awake."
    assert "not the plan's code" in at_work.people.submit(DANA, form, code="AAAA-AAAA", text=reason)["code"]
    right = form["blocks"][1]["label"]["text"].rpartition(" ")[2]
    assert at_work.people.submit(DANA, form, code=right.lower(), text=reason) == {}
    at_work.reaches(1, State.FINISHED)
    shown = at_work.shows("Close the review")
    assert "The glass was broken" in str(shown)
    assert "broke the glass" in str(until(lambda: at_work.people.messages(OLGA, "C0AUDIT")))
    at_work.people.press(OLGA, shown, "img_review")
    assert at_work.people.submit(OLGA, at_work.people.form(OLGA), text="It was right.") == {}
    assert "Reviewed by <@U0LEAD>" in str(at_work.shows("It was right."))


def test_the_requester_withdraws(at_work: Team, dockerd: RunningDaemon) -> None:
    """The command beside the plan takes the request back, and nothing is left to approve."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    answer, _ = at_work.people.ask(DANA, "/img rm redis:7")
    assert "`/img cancel 1`" in str(answer)
    assert "img_withdraw" not in str(answer), "nobody could take that button away when the request has ended"
    at_work.people.type(DANA, "/img cancel 1")
    at_work.reaches(1, State.WITHDRAWN)
    assert "img_approve" not in str(at_work.shows("Withdrawn by <@U0DEV>"))
    assert at_work.tap.removals() == []


def test_a_tag_that_moved_is_caught_at_the_click(at_work: Team, dockerd: RunningDaemon) -> None:
    """Between ask and click the tag is moved: nothing runs, and the message shows old and new image."""
    old, new = load(dockerd.client, Build(tags=["redis:7"], layers=["old"]), Build(tags=["other:1"], layers=["new"]))
    _, message = at_work.people.ask(DANA, "/img rm redis:7")
    dockerd.client.tag(new, "redis", "7")
    at_work.people.press(OLGA, message, "img_approve")
    at_work.reaches(1, State.DRIFTED)
    shown = at_work.shows("the plan for redis:7 on web-3 changed")
    assert f"- redis:7  {old[7:19]}" in str(shown)
    assert f"+ redis:7  {new[7:19]}" in str(shown)
    assert at_work.tap.removals() == []


def test_ask_again_after_a_drift(at_work: Team, dockerd: RunningDaemon) -> None:
    """The one button of a drifted request makes a new one, which is the presser's and another lead may approve."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    _, message = at_work.people.ask(DANA, "/img rm redis:7")
    container(dockerd.client, load(dockerd.client, Build(tags=["x:1"], layers=["busybox"]))[0], "job-1")
    dockerd.client.tag("redis:7", "redis", "8")
    at_work.people.press(OLGA, message, "img_approve")
    at_work.reaches(1, State.DRIFTED)
    at_work.people.press(OLGA, at_work.shows("img_ask_again"), "img_ask_again")
    again = until(lambda: [m for m in at_work.people.messages(OLGA, APPROVALS)[1:] if not m["only_for"]])[0]
    at_work.people.press(OMAR, again, "img_approve")
    finished = at_work.reaches(2, State.FINISHED)
    assert finished.requester.user_id == OLGA
    assert at_work.tap.lines() == ["Untagged: redis:7"]


@pytest.mark.parametrize(
    "text",
    [
        "/img rm ../containers/victim",
        "/img rm -f ../containers/victim",
        "/img rm x;rm -rf /",
        "/img rm redis:7 | sh",
        "/img rm redis:7 && docker rmi -f redis:7",
        "/img rm $(cat /etc/passwd)",
        "/img rm `rm -rf /`",
        "/img rm redis:7?force=1",
        "/img rm redis:7/../../containers/victim",
        "/img rm $REDIS",
        "/img rm *",
        "/img exec redis:7",
        "/img rm --forse redis:7",
        "/img rm 'redis:7",
        "/img rm " + "a" * 5000,
    ],
)
def test_hostile_and_hurried_words_remove_nothing(at_work: Team, dockerd: RunningDaemon, text: str) -> None:
    """A sentence comes back, no request is made, and not one removal reaches the daemon."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["busybox"]))
    container(dockerd.client, "redis:7", "victim")
    assert at_work.people.type(DANA, text) == "acknowledged"
    answer = at_work.people.answer(DANA)
    assert answer["text"]
    assert "Traceback" not in str(answer)
    assert at_work.people.messages(OLGA, APPROVALS) == []
    assert at_work.tap.removals() == []
    assert len(dockerd.client.containers(all=True)) == 1


def test_a_dry_run_asks_nobody(at_work: Team, dockerd: RunningDaemon) -> None:
    """``--dry-run`` shows the plan; its button asks for approval."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    at_work.people.type(DANA, "/img rm --dry-run redis:7")
    answer = at_work.people.answer(DANA)
    assert "Untagged: redis:7" in str(answer)
    assert at_work.people.messages(OLGA, APPROVALS) == []
    at_work.people.press(DANA, answer, "img_ask")
    assert at_work.reaches(1, State.PENDING).plan.command == "rm redis:7"


def test_a_name_that_is_not_there_is_answered_with_the_closest(at_work: Team, dockerd: RunningDaemon) -> None:
    """A slip of the finger is answered with what was probably meant."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    at_work.people.type(DANA, "/img rm redsi")
    answer = str(at_work.people.answer(DANA))
    assert "No such image: redsi:latest" in answer
    assert "Did you mean redis:7?" in answer
