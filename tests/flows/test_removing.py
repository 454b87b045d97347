"""Removing and recovering: one claim, one call a step, and nothing more after a surprise."""

from datetime import timedelta

import pytest

from bot.approval.events import StepDone
from bot.approval.request import Progress, Request, State
from bot.audit.chain import Verified
from bot.flows.answers import Sentence
from bot.flows.ports import Button, Changes, Unreachable
from bot.flows.verify import verified
from bot.images.ids import ImageId
from bot.images.removal import Refusal, Refused, Removed, Unknown, Untagged
from bot.slack.request_message import request_message
from tests.approval.examples import OLGA
from tests.flows.conftest import Desk
from tests.plans import removal_plan


def _approved(desk: Desk, text: str = "rm redis:alpine node:slim centos") -> Request:
    desk.press(Button.APPROVE, desk.asked(text), OLGA)
    assert desk.request().state is State.APPROVED
    return desk.request()


def _progress(desk: Desk) -> list[Progress]:
    return [step.progress for step in desk.request().steps]


def test_each_step_is_begun_and_done_in_turn(desk: Desk) -> None:
    """Intent, call, outcome; then the next; then the end."""
    _approved(desk, "rm redis:alpine centos")
    desk.remove()
    steps = ["step-begun", "step-done"] * 2
    assert desk.kinds() == ["asked", "approved", "claimed", *steps, "finished", "measured"]
    assert [removal.word for removal in desk.daemon.sent] == ["redis:alpine", "centos"]
    assert [removal.target for removal in desk.daemon.sent] == [
        step.removal.image_id for step in removal_plan(desk.request()).steps
    ]


def test_the_answer_of_the_daemon_is_on_record(desk: Desk) -> None:
    """Word for word, with the step that it was an answer to."""
    _approved(desk, "rm centos")
    desk.daemon.says = Refused(refusal=Refusal.CONFLICT, message="in use", answer='{"message":"in use"}\n')
    desk.remove()
    with desk.store.reading() as reading:
        done = [told.event for told in reading.timeline(desk.request().id) if isinstance(told.event, StepDone)]
    assert [event.answer for event in done] == ['{"message":"in use"}\n']


def test_what_was_freed_is_measured(desk: Desk) -> None:
    """The bytes of all layers before and after, which are those that were predicted to go."""
    _approved(desk, "rm redis:alpine centos")
    desk.remove()
    request = desk.request()
    assert request.state is State.FINISHED
    assert request.measured == sum(step.freed.bytes or 0 for step in removal_plan(request).steps) > 0
    assert "Measured: 217.5 MB freed." in str(request_message(request))


def test_what_others_did_meanwhile_is_not_measured_as_ours(desk: Desk) -> None:
    """Somebody gives an image a name while it runs: the request ends, and nothing is said of what it freed."""
    _approved(desk, "rm redis:alpine centos")
    desk.daemon.before = lambda: desk.daemon.tag("nginx", "web:1")
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert desk.request().measured is None


@pytest.mark.parametrize("told", [None, 10**12], ids=["it does not tell", "more than before"])
def test_what_cannot_be_measured_is_left_open(desk: Desk, told: int | None) -> None:
    """The daemon does not say, or its layers take more than before: something happened that it tells nobody of."""
    _approved(desk, "rm redis:alpine")
    told_before = desk.daemon.used()
    answers = iter([told_before, told])
    desk.daemon.used = lambda: next(answers)  # type: ignore[method-assign]
    desk.remove()
    assert (desk.request().state, desk.request().measured) == (State.FINISHED, None)


def test_the_intent_is_on_record_before_the_call(desk: Desk) -> None:
    """When the daemon is called, the step has begun and no transaction is open."""
    _approved(desk, "rm redis:alpine")
    seen: list[str] = []
    desk.daemon.before = lambda: seen.extend(desk.kinds())
    desk.remove()
    assert seen[-1] == "step-begun"


def test_a_moved_name_is_caught_just_before_the_call(desk: Desk) -> None:
    """Between claim and call the name is given to another image: it is not sent, nor is anything after it."""
    _approved(desk, "rm redis:alpine centos")
    desk.daemon.before = lambda: desk.daemon.tag("nginx", "centos:latest")
    desk.remove()
    assert [removal.word for removal in desk.daemon.sent] == ["redis:alpine"]
    assert _progress(desk) == [Progress.DONE, Progress.SKIPPED]
    assert "+ centos  e43d811ce2f4" in desk.request().steps[1].note
    assert "centos:latest" in desk.daemon.names()


def test_a_name_that_came_is_not_taken_along(desk: Desk) -> None:
    """While the first step runs, the second image gets another name: by ID and with force it would go too."""
    _approved(desk, "rm -f redis:alpine 0584b3d2cf6d")
    desk.daemon.before = lambda: desk.daemon.tag("centos", "precious:1")
    desk.remove()
    assert len(desk.daemon.sent) == 1
    assert "precious:1" in desk.daemon.names()


def test_a_host_that_falls_silent_before_the_call_can_be_resumed(desk: Desk) -> None:
    """Nothing was sent, so the step waits again, and Resume carries it out."""
    _approved(desk, "rm redis:alpine centos")
    desk.daemon.before = lambda: setattr(desk.daemon, "reachable", len(desk.daemon.sent) != 1)
    desk.remove()
    assert (desk.request().state, _progress(desk)) == (State.INTERRUPTED, [Progress.DONE, Progress.WAITING])
    desk.daemon.reachable = True
    desk.press(Button.RESUME, desk.request(), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED


def test_drift_before_the_claim(desk: Desk) -> None:
    """What changed between click and claim voids the approval; nothing is sent."""
    _approved(desk)
    desk.daemon.tag("centos", "kept:1")
    desk.remove()
    assert desk.request().state is State.DRIFTED
    assert desk.daemon.sent == []


def test_a_silent_host_is_waited_for_until_it_expires(desk: Desk) -> None:
    """An approved request waits for its host; when its time is over it expires."""
    _approved(desk)
    desk.daemon.reachable = False
    desk.remove()
    assert desk.request().state is State.APPROVED
    desk.clock.goes_on(timedelta(hours=5))
    desk.flows().expire.due()
    assert desk.request().state is State.EXPIRED


def test_a_refusal_that_was_not_planned_stops_the_rest(desk: Desk) -> None:
    """A container that started in between: the daemon's words are kept, the rest waits for a person."""
    _approved(desk)
    desk.daemon.says = Refused(refusal=Refusal.CONFLICT, message="image is being used by running container 0123")
    desk.remove()
    assert desk.request().state is State.INTERRUPTED
    assert _progress(desk) == [Progress.DONE, Progress.WAITING, Progress.WAITING]
    assert len(desk.daemon.sent) == 1


def test_an_answer_that_differs_from_the_plan_stops_the_rest(desk: Desk) -> None:
    """Records other than the predicted ones are written as they are, and nothing more is sent."""
    _approved(desk)
    desk.daemon.says = Removed(records=())
    desk.remove()
    assert desk.request().state is State.INTERRUPTED
    assert len(desk.daemon.sent) == 1


def test_a_lost_answer_is_cleared_up_by_looking(desk: Desk) -> None:
    """A time-out is unclear, until the host shows that it was done; what was derived says so."""
    _approved(desk, "rm redis:alpine")
    desk.daemon.loses_answers = True
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert "step-done" in desk.kinds()
    with desk.store.reading() as reading:
        assert {record.source for record in reading.records_of(desk.request().id)} == {"derived"}


def test_a_lost_answer_stays_unclear_while_the_host_is_silent(desk: Desk) -> None:
    """Nothing is claimed that was not seen; when the host answers again it is cleared up."""
    _approved(desk, "rm redis:alpine")
    desk.daemon.loses_answers = True
    desk.daemon.before = lambda: setattr(desk.daemon, "reachable", False)
    desk.remove()
    assert (desk.request().state, _progress(desk)) == (State.INTERRUPTED, [Progress.UNCLEAR])
    answer = desk.press(Button.RESUME, desk.request(), OLGA)
    assert isinstance(answer, Sentence)
    assert "unclear" in answer.text
    desk.daemon.reachable = True
    desk.flows().recover.unclear()
    assert desk.request().state is State.FINISHED


def test_what_a_daemon_did_by_halves_is_on_record(desk: Desk) -> None:
    """The name is gone and the image is not: unclear while the daemon may be at it, then told as that."""
    _approved(desk, "rm redis:alpine")
    desk.daemon.says = Unknown(message="Docker on web-3 failed in the middle of it: no space left on device.")
    desk.daemon.before = lambda: desk.daemon.tag("centos", "redis:alpine")  # which takes it away
    desk.remove()
    assert (desk.request().state, _progress(desk)) == (State.INTERRUPTED, [Progress.UNCLEAR])
    _settled(desk)
    assert (desk.request().state, _progress(desk)) == (State.FINISHED, [Progress.DONE])
    (state,) = desk.request().steps
    assert isinstance(state.outcome, Removed)
    assert [type(record) for record in state.outcome.records] == [Untagged]
    assert state.note.startswith("Found done in part on the host. Part of it is gone, but redis@sha256:")
    with desk.store.reading() as reading:
        (record,) = reading.records_of(desk.request().id)
        assert (record.reference, record.source) == ("redis:alpine", "derived")
        assert isinstance(verified(reading), Verified)


def test_a_call_that_never_arrived_can_be_resumed(desk: Desk) -> None:
    """Still there when the daemon can no longer be at it, the step waits again; Resume carries out the rest."""
    _approved(desk)
    desk.daemon.says = _timed_out()
    desk.remove()
    assert _progress(desk) == [Progress.UNCLEAR, Progress.WAITING, Progress.WAITING]
    _settled(desk)
    assert _progress(desk) == [Progress.WAITING] * 3
    assert desk.request().state is State.INTERRUPTED
    desk.daemon.says = None
    desk.press(Button.RESUME, desk.request(), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert not desk.daemon.names() & {"redis:alpine", "node:slim", "centos:latest"}


def test_a_removal_that_the_daemon_is_still_at_is_not_called_undone(desk: Desk) -> None:
    """The answer is lost while the daemon works: unclear at first, done and on record when it is gone."""
    _approved(desk, "rm redis:alpine")
    desk.daemon.says = _timed_out()
    desk.remove()
    desk.clock.goes_on(timedelta(seconds=8))
    desk.flows().recover.unclear()
    assert _progress(desk) == [Progress.UNCLEAR]
    desk.daemon.says = None
    desk.daemon.remove(desk.daemon.sent[0])
    desk.flows().recover.unclear()
    assert (desk.request().state, _progress(desk)) == (State.FINISHED, [Progress.DONE])
    with desk.store.reading() as reading:
        assert len(reading.records_of(desk.request().id)) == 8


def test_the_rest_is_resumed_on_a_daemon_that_remembers_nothing(desk: Desk) -> None:
    """One that was restarted does not tell what happened before: what is left is planned anew before each step."""
    _approved(desk)
    desk.daemon.says = _timed_out()
    desk.remove()
    _settled(desk)
    desk.daemon.says, desk.daemon.forgot = None, True
    desk.press(Button.RESUME, desk.request(), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED, desk.request().steps
    assert len(desk.daemon.sent) == len(desk.request().steps) + 1


def test_a_slow_host_is_given_its_time(desk: Desk) -> None:
    """A step is not said to be undone before the longest call of its own host is over, whatever that of others is."""
    desk.daemon.longest_call = timedelta(minutes=5)
    _approved(desk, "rm redis:alpine")
    desk.daemon.says = _timed_out()
    desk.remove()
    _settled(desk)
    assert _progress(desk) == [Progress.UNCLEAR]
    desk.clock.goes_on(timedelta(minutes=4))
    desk.flows().recover.unclear()
    assert _progress(desk) == [Progress.WAITING]


def _settled(desk: Desk) -> None:
    """Let so much time pass that the daemon cannot be at it any more, and look again."""
    desk.clock.goes_on(timedelta(minutes=2))
    desk.flows().recover.unclear()


def _timed_out() -> Unknown:
    return Unknown(message="web-3 did not say what came of it: timed out.")


def test_the_rest_is_not_resumed_where_it_changed(desk: Desk) -> None:
    """Resume is for what was approved; another plan has to be asked for."""
    _approved(desk)
    desk.daemon.says = _timed_out()
    desk.remove()
    _settled(desk)
    desk.daemon.says = None
    desk.daemon.tag("centos", "kept:1")
    answer = desk.press(Button.RESUME, desk.request(), OLGA)
    assert isinstance(answer, Sentence)
    assert "no longer what was approved" in answer.text
    desk.press(Button.STOP, desk.request(), OLGA)
    assert desk.request().state is State.FINISHED


@pytest.mark.parametrize("begun", [True, False], ids=["in a step", "between steps"])
def test_a_process_that_ended_leaves_an_orphan(desk: Desk, *, begun: bool) -> None:
    """Another process interrupts it once the lease is over, and says where it stands."""
    _approved(desk)

    class Killed(BaseException):
        pass

    def kill() -> None:
        if begun or len(desk.daemon.sent) > 1:
            raise Killed

    desk.daemon.before = kill
    with pytest.raises(Killed):
        desk.remove()
    desk.daemon.before = lambda: None
    desk.owner = "bot:2"
    desk.clock.goes_on(timedelta(minutes=5))
    desk.flows().recover.orphans()
    _settled(desk)
    done = 0 if begun else 1
    assert desk.request().state is State.INTERRUPTED
    assert _progress(desk) == [Progress.DONE] * done + [Progress.WAITING] * (3 - done)
    desk.press(Button.RESUME, desk.request(), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED


def test_what_the_daemon_answered_is_on_record_whoever_has_the_claim(desk: Desk) -> None:
    """Paused in the call and taken over meanwhile: nothing more is sent, and what was done is on record."""
    _approved(desk)

    def taken_over() -> None:
        desk.daemon.before = lambda: None
        desk.clock.goes_on(timedelta(minutes=5))
        other = Desk(store=desk.store, owner="bot:2", clock=desk.clock, daemon=desk.daemon)
        other.flows().recover.orphans()

    desk.daemon.before = taken_over
    desk.remove()
    assert len(desk.daemon.sent) == 1
    assert desk.request().state is State.INTERRUPTED
    assert _progress(desk) == [Progress.DONE, Progress.WAITING, Progress.WAITING]
    assert "redis:alpine" not in desk.daemon.names()
    with desk.store.reading() as reading:
        assert len(reading.records_of(desk.request().id)) == 8


def test_a_claim_that_was_lost_before_the_call_sends_nothing(desk: Desk) -> None:
    """Looking at the host took so long that another process took over: no call is made."""
    _approved(desk)
    changes = desk.daemon.changes

    def look(since: int) -> Changes | Unreachable:
        desk.clock.goes_on(timedelta(minutes=5))
        Desk(store=desk.store, owner="bot:2", clock=desk.clock, daemon=desk.daemon).flows().recover.orphans()
        return changes(since)

    desk.daemon.changes = look  # type: ignore[method-assign]
    desk.remove()
    assert desk.daemon.sent == []
    assert "step-begun" not in desk.kinds()


def test_a_name_that_moves_after_the_last_plan_is_still_caught(desk: Desk) -> None:
    """What the target names is read once more as the last thing before the call."""
    _approved(desk, "rm redis:7")  # one of several names, so it goes by the name
    named = desk.daemon.named

    def moved(target: str) -> ImageId | Unreachable | None:
        desk.daemon.tag("nginx", "redis:7")
        return named(target)

    desk.daemon.named = moved  # type: ignore[method-assign]
    desk.remove()
    assert desk.daemon.sent == []
    assert "now names e43d811ce2f4" in desk.request().steps[0].note
    assert _voided(desk) == "- redis:7  7f2a61c94be0\n+ redis:7  e43d811ce2f4"


def _voided(desk: Desk) -> str:
    """Return how the host had moved on; the request is void, with all its approvals."""
    request = desk.request()
    assert (request.state, request.approvals, request.claim) == (State.DRIFTED, (), None)
    assert request.closing is not None
    return request.closing.why
