"""Steps that share nothing, sent at once: they overlap, and what is promised of one step holds of several."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.approval.events import StepNotDone
from bot.approval.request import Progress, Request, State
from bot.audit.chain import Verified, verify
from bot.flows.lookout import FRESH, Lookout
from bot.flows.ports import Button, Changes, Unreachable
from bot.flows.run import LINGER, SEND_WITHIN, TRIES, Pace
from bot.images.inventory import Inventory
from bot.images.removal import Outcome, Refusal, Refused, Removal, Removed
from tests.approval.examples import OLGA
from tests.flows.conftest import Desk
from tests.flows.fakes import FakeDaemon
from tests.plans import removal_plan

ALL = "rm redis:alpine node:slim centos nginx"
AT_ONCE = Pace(threads=4, begun=4)
WAIT = 30.0
REFUSED = Refused(refusal=Refusal.CONFLICT, message="image is being used by running container 0123")


def approved(desk: Desk, text: str = ALL, pace: Pace = AT_ONCE) -> Request:
    """Have a request approved that is to be carried out at this pace."""
    desk.pace = pace
    desk.press(Button.APPROVE, desk.asked(text), OLGA)
    assert desk.request().state is State.APPROVED
    return desk.request()


def progress(desk: Desk) -> list[Progress]:
    """Return how far each step has come."""
    return [step.progress for step in desk.request().steps]


def word(removal: Removal) -> str:
    """Return what was typed of a removal."""
    return removal.word


def calls(desk: Desk, answer: Callable[[Removal], Outcome | None]) -> None:
    """Let *answer* stand in for the daemon where it returns something; it may wait, and other calls go on meanwhile."""
    remove = desk.daemon.remove

    def removing(removal: Removal) -> Outcome:
        said = answer(removal)
        if said is None:
            return remove(removal)
        desk.daemon.sent.append(removal)
        return said

    desk.daemon.remove = removing  # type: ignore[method-assign]


def meeting(together: threading.Barrier) -> Callable[[Removal], None]:
    """Return what lets each call wait until all of them are under way."""

    def wait(_removal: Removal) -> None:
        together.wait(WAIT)

    return wait


def inventories(desk: Desk) -> list[int]:
    """Return a list that grows with each inventory that is taken from now on."""
    taken: list[int] = []
    inventory = desk.daemon.inventory

    def taking(*, kept: bool = False) -> Inventory | Unreachable:
        taken.append(len(desk.daemon.sent))
        return inventory(kept=kept)

    desk.daemon.inventory = taking  # type: ignore[method-assign]
    return taken


def is_sound(desk: Desk) -> bool:
    """Whether the chain verifies, and every answer of the daemon that removed something has its records."""
    request = desk.request()
    with desk.store.reading() as reading:
        records = reading.records_of(request.id)
        chained = isinstance(verify(reading.chain()), Verified)
    told = [s.outcome.records for s in request.steps if isinstance(s.outcome, Removed)]
    return chained and len(records) == sum(map(len, told))


def test_steps_that_share_nothing_overlap(desk: Desk) -> None:
    """Four calls wait for each other, so they must be under way at once; all is then as planned and on record."""
    approved(desk)
    calls(desk, meeting(threading.Barrier(4)))
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert desk.kinds()[3:] == ["step-begun"] * 4 + ["step-done"] * 4 + ["finished", "measured"]
    assert is_sound(desk)


def test_all_intents_are_on_record_before_the_first_call(desk: Desk) -> None:
    """Whichever thread is first: when a daemon is called, that step has begun on record."""
    approved(desk, pace=Pace(threads=2, begun=3))
    seen: list[tuple[str, Progress]] = []

    def look(removal: Removal) -> None:
        words = [step.removal.word for step in removal_plan(desk.request()).steps]
        seen.append((removal.word, progress(desk)[words.index(removal.word)]))

    calls(desk, look)
    desk.remove()
    assert sorted(seen) == [(name, Progress.BEGUN) for name in sorted(ALL.split()[1:])]


def test_names_of_one_image_are_never_under_way_at_once(desk: Desk) -> None:
    """Each waits for the one before, while other images go on."""
    desk.daemon.tag("centos", "centos:also")
    desk.daemon.tag("centos", "mirror/centos:1")
    approved(desk, "rm centos centos:also mirror/centos:1 nginx redis:alpine")
    under_way: list[str] = []
    most: list[int] = []
    lock = threading.Lock()

    def watch(removal: Removal) -> None:
        with lock:
            under_way.append(removal.image_id or "")
            most.append(max(under_way.count(image_id) for image_id in under_way))
        threading.Event().wait(0.01)
        with lock:
            under_way.remove(removal.image_id or "")

    calls(desk, watch)
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert set(most) == {1}
    names = [removal.word for removal in desk.daemon.sent if "centos" in removal.word]
    assert names == ["centos", "centos:also", "mirror/centos:1"]


def test_our_own_doing_needs_no_second_look(desk: Desk) -> None:
    """However many rounds there are, the host is looked at once: at the claim."""
    desk.daemon.tag("centos", "centos:also")
    approved(desk, f"{ALL} centos:also", Pace(threads=2, begun=2))
    taken = inventories(desk)
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert taken == [0]


def test_after_a_refusal_nothing_more_is_sent(desk: Desk) -> None:
    """One is refused while another is under way: that one ends and is on record, what was begun besides is not sent."""
    approved(desk, pace=Pace(threads=2, begun=4))
    refused, both = threading.Event(), threading.Barrier(2)

    def answer(removal: Removal) -> Outcome | None:
        both.wait(WAIT)
        if removal.word == "redis:alpine":
            refused.set()
            return REFUSED
        assert refused.wait(WAIT)
        threading.Event().wait(0.05)  # the refusal is known by then
        return None

    calls(desk, answer)
    desk.remove()
    assert sorted(map(word, desk.daemon.sent)) == ["node:slim", "redis:alpine"]
    assert desk.request().state is State.INTERRUPTED
    assert progress(desk) == [Progress.DONE, Progress.DONE, Progress.WAITING, Progress.WAITING]
    closing = desk.request().closing
    assert closing is not None
    assert "Docker refused it" in closing.why
    assert is_sound(desk)
    desk.press(Button.RESUME, desk.request(), OLGA)
    desk.daemon.__dict__.pop("remove")
    desk.remove()
    assert desk.request().state is State.FINISHED


def test_an_answer_does_not_wait_for_a_slow_one(desk: Desk) -> None:
    """Three are done while the daemon is still at the fourth: they are on record before it answers."""
    approved(desk)

    def answer(removal: Removal) -> None:
        if removal.word == "nginx":
            deadline = threading.Event()
            while progress(desk).count(Progress.DONE) < 3:
                assert not deadline.wait(LINGER / 5)

    calls(desk, answer)
    desk.remove()
    assert desk.request().state is State.FINISHED


def test_what_others_do_has_the_rest_planned_anew(desk: Desk) -> None:
    """A name for an image that the request is not about: what is under way ends, one look, and the rest goes on."""
    approved(desk, "rm redis:alpine node:slim centos", Pace(threads=2, begun=2))
    taken = inventories(desk)
    calls(desk, lambda removal: desk.daemon.tag("nginx", "web:1") if removal.word == "redis:alpine" else None)
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert taken == [0, 2]


def test_only_what_changed_is_left_out(desk: Desk) -> None:
    """Another name for one image: that step is left out with the reason, the others wait for a person and go on."""
    approved(desk, "rm redis:alpine node:slim centos nginx", Pace(threads=1, begun=1))
    calls(desk, lambda removal: desk.daemon.tag("centos", "keep:1") if removal.word == "redis:alpine" else None)
    desk.remove()
    assert progress(desk) == [Progress.DONE, Progress.WAITING, Progress.SKIPPED, Progress.WAITING]
    assert "no longer what was approved" in desk.request().steps[2].note
    assert desk.request().state is State.INTERRUPTED
    desk.daemon.__dict__.pop("remove")
    desk.press(Button.RESUME, desk.request(), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert {"keep:1", "centos:latest"} <= desk.daemon.names()
    assert not {"node:slim", "nginx:latest"} & desk.daemon.names()


def test_a_name_that_comes_after_the_look_is_seen_before_the_call(desk: Desk) -> None:
    """Both steps have begun, the second by ID and unforced: by then its image has another name, and it is not sent."""
    approved(desk, "rm redis:alpine centos", Pace(threads=1, begun=2))

    def another_name(removal: Removal) -> None:
        if removal.word == "redis:alpine":
            desk.daemon.tag("centos", "keep:1")
            time.sleep(2 * FRESH)

    calls(desk, another_name)
    desk.remove()
    assert [removal.word for removal in desk.daemon.sent] == ["redis:alpine"]
    assert progress(desk) == [Progress.DONE, Progress.SKIPPED]
    assert {"keep:1", "centos:latest"} <= desk.daemon.names()


def test_threads_share_a_fresh_answer() -> None:
    """The daemon is asked once by all who ask at the same moment, anew for another moment, and anew a little later."""
    daemon, asked = FakeDaemon(), list[int]()
    told = daemon.changes

    def changes(since: int) -> Changes | Unreachable:
        asked.append(since)
        return told(since)

    daemon.changes = changes  # type: ignore[method-assign]
    lookout = Lookout(daemon)
    assert lookout.changes(0) is lookout.changes(0)
    lookout.changes(1)
    time.sleep(2 * FRESH)
    lookout.changes(1)
    assert asked == [0, 1, 1]


def test_what_a_daemon_forgot_is_looked_for(desk: Desk) -> None:
    """Where more happened than it remembers, each step has a look of its own, and none is beside another."""
    approved(desk, pace=Pace(threads=2, begun=2))
    desk.daemon.forgot = True
    taken = inventories(desk)
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert taken == [0, 0, 1, 2, 3]


def test_where_nobody_tells_what_happens_it_goes_one_by_one(desk: Desk) -> None:
    """A proxy keeps the events back: each step is planned anew directly before it, and none is beside another."""
    approved(desk, "rm -f redis:alpine node:slim centos")
    taken = inventories(desk)

    def silent(since: int) -> Changes | Unreachable:
        assert since >= 0
        return Unreachable(host="web-3", why="web-3 answered with an error: 403.")

    desk.daemon.changes = silent  # type: ignore[method-assign]
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert taken == [0, 0, 1, 2]


def test_force_looks_once_more_directly_before_the_call(desk: Desk) -> None:
    """By force a name would be taken along that came after the look: the step is not sent, but planned anew."""
    approved(desk, "rm -f 0584b3d2cf6d redis:alpine")
    changes = desk.daemon.changes
    looked: list[int] = []

    def look(since: int) -> Changes | Unreachable:
        looked.append(since)
        if len(looked) == 2:  # the first is for the round
            desk.daemon.tag("centos", "precious:1")
        return changes(since)

    desk.daemon.changes = look  # type: ignore[method-assign]
    desk.remove()
    assert "precious:1" in desk.daemon.names()
    assert "0584b3d2cf6d" not in map(word, desk.daemon.sent)
    assert progress(desk)[0] is Progress.SKIPPED
    assert "step-not-done" in desk.kinds()


def test_a_host_that_is_never_still_is_given_up(desk: Desk) -> None:
    """Something happens before every forced call: after a few tries a person is asked."""
    approved(desk, "rm -f redis:alpine")
    changes = desk.daemon.changes
    looked: list[int] = []

    def look(since: int) -> Changes | Unreachable:
        looked.append(since)
        desk.daemon.tag("redis:alpine", "redis:alpine")
        return changes(since)

    desk.daemon.changes = look  # type: ignore[method-assign]
    desk.remove()
    assert desk.daemon.sent == []
    assert (desk.request().state, progress(desk)) == (State.INTERRUPTED, [Progress.WAITING])
    assert desk.kinds().count("step-begun") == TRIES


def test_a_step_that_came_too_late_begins_again(desk: Desk) -> None:
    """The call before took so long that the claim might not outlast another: the step is sent in a later round."""
    approved(desk, "rm redis:alpine node:slim", Pace(threads=1, begun=2))
    calls(desk, lambda removal: desk.clock.goes_on(SEND_WITHIN) if removal.word == "redis:alpine" else None)
    desk.remove()
    assert desk.request().state is State.FINISHED
    with desk.store.reading() as reading:
        events = [each.event for each in reading.timeline(desk.request().id)]
    assert [event.found for event in events if isinstance(event, StepNotDone)] == ["It could not be sent in time."]


def test_what_several_answered_is_on_record_whoever_has_the_claim(desk: Desk) -> None:
    """Taken over while three calls are under way: every answer is on record, and nothing more is sent."""
    approved(desk, pace=Pace(threads=3, begun=3))
    calls(desk, meeting(threading.Barrier(3, action=lambda: taken_over(desk))))
    desk.remove()
    assert len(desk.daemon.sent) == 3
    assert progress(desk) == [Progress.DONE] * 3 + [Progress.WAITING]
    assert desk.request().state is State.INTERRUPTED
    assert is_sound(desk)


def taken_over(desk: Desk) -> None:
    """Let another process take the request over, after a long pause."""
    desk.clock.goes_on(timedelta(minutes=5))
    Desk(store=desk.store, owner="bot:2", clock=desk.clock, daemon=desk.daemon).flows().recover.orphans()


def test_taken_over_in_the_last_calls_it_is_finished_all_the_same(desk: Desk) -> None:
    """The late answers leave nothing to do, so nobody has to press a button for it."""
    approved(desk)
    calls(desk, meeting(threading.Barrier(4, action=lambda: taken_over(desk))))
    desk.remove()
    assert (desk.request().state, progress(desk)) == (State.FINISHED, [Progress.DONE] * 4)


def test_a_fault_in_one_call_keeps_the_answers_of_the_others(desk: Desk) -> None:
    """It is raised when the others are on record; the step is then held against the host, and can be resumed."""
    approved(desk)
    together = threading.Barrier(4)

    def answer(removal: Removal) -> None:
        together.wait(WAIT)
        if removal.word == "centos":
            raise ZeroDivisionError

    calls(desk, answer)
    with pytest.raises(ZeroDivisionError):
        desk.remove()
    assert progress(desk) == [Progress.DONE, Progress.DONE, Progress.BEGUN, Progress.DONE]
    desk.daemon.__dict__.pop("remove")
    desk.remove()
    assert (desk.request().state, progress(desk)[2]) == (State.INTERRUPTED, Progress.UNCLEAR)
    desk.clock.goes_on(timedelta(minutes=2))
    desk.flows().recover.unclear()
    desk.press(Button.RESUME, desk.request(), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert is_sound(desk)


@contextmanager
def failing(engine: sa.Engine, when: str) -> Iterator[None]:
    """Let the database fail once, at a statement that has these words in it."""
    left = [1]

    def fail(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if when in statement and left:
            left.clear()
            raise OSError("the disk is full")

    sa.event.listen(engine, "before_cursor_execute", fail)
    yield
    sa.event.remove(engine, "before_cursor_execute", fail)


@pytest.mark.parametrize("pace", [AT_ONCE, Pace(threads=2, begun=2), Pace(threads=1, begun=1)], ids=str)
def test_answers_survive_a_database_that_fails(desk: Desk, engine: sa.Engine, pace: Pace) -> None:
    """The write after the calls fails: what was answered is written when it works again, and the rest goes on."""
    approved(desk, pace=pace)
    with failing(engine, "INSERT INTO removal_record"):
        with pytest.raises(OSError, match="disk is full"):
            desk.remove()
        sent = len(desk.daemon.sent)
        assert progress(desk).count(Progress.DONE) == sent
        assert Progress.BEGUN not in progress(desk)
        desk.remove()
    assert desk.request().state is State.FINISHED
    assert len(desk.daemon.sent) == 4
    assert is_sound(desk)


def test_without_a_record_nothing_is_sent(desk: Desk, engine: sa.Engine) -> None:
    """The intents cannot be written: no call is made, and they are later when they can."""
    approved(desk)
    with failing(engine, "INSERT INTO audit_event"):
        with pytest.raises(OSError, match="disk is full"):
            desk.remove()
        assert desk.daemon.sent == []
        desk.remove()
    assert desk.request().state is State.FINISHED


def test_steps_that_would_be_refused_stay_out_of_the_way(desk: Desk) -> None:
    """They are skipped, in their place in the record, and never waited for."""
    approved(desk, "rm absent:1 redis:alpine absent:2 centos absent:3", Pace(threads=2, begun=2))
    desk.remove()
    assert [removal.word for removal in desk.daemon.sent if removal.target is None] == []
    skipped = [Progress.SKIPPED, Progress.DONE, Progress.SKIPPED, Progress.DONE, Progress.SKIPPED]
    assert (desk.request().state, progress(desk)) == (State.FINISHED, skipped)
    assert desk.request().steps[2].note == "Docker would refuse it: No such image: absent:2"


def test_a_process_that_ends_leaves_several_to_be_cleared_up(desk: Desk) -> None:
    """Killed with four begun, two of them done on the host: each is told apart, and Resume carries out the rest."""
    approved(desk)

    class Killed(BaseException):
        pass

    together = threading.Barrier(4)

    def killed(removal: Removal) -> None:
        together.wait(WAIT)
        if removal.word in {"redis:alpine", "centos"}:
            desk.daemon._removed(removal)  # noqa: SLF001 -- the daemon did it, and nobody heard
        raise Killed

    calls(desk, killed)
    with pytest.raises(Killed):
        desk.remove()
    assert progress(desk) == [Progress.BEGUN] * 4
    desk.daemon.__dict__.pop("remove")
    taken_over(desk)
    assert progress(desk) == [Progress.DONE, Progress.UNCLEAR, Progress.DONE, Progress.UNCLEAR]
    desk.clock.goes_on(timedelta(minutes=2))
    desk.flows().recover.unclear()
    assert progress(desk) == [Progress.DONE, Progress.WAITING, Progress.DONE, Progress.WAITING]
    desk.press(Button.RESUME, desk.request(), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert is_sound(desk)
