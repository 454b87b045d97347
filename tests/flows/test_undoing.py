"""What can be undone: names go now, content stays by guards until its time is over, and nobody removes a guard."""

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from bot import for_programs, printing
from bot.approval.policy import Policy, Rule
from bot.approval.printed import came
from bot.approval.request import Progress, Request, State, Window
from bot.db.store import Store
from bot.flows.answers import AskedFor, Detailed, Held, Listed, Planned, Sentence, TooLate
from bot.flows.ports import Button, Unreachable
from bot.flows.verify import verified
from bot.images.guards import DOMAIN
from bot.images.ids import ImageId, short
from bot.images.inventory import Container, ContainerState
from bot.images.removal import DeletedImage, DeletedLayer, Plan, Refused, Removal, Removed, Unknown
from bot.slack.held import held as drawn
from bot.slack.lines import in_thread
from bot.slack.request_message import request_message
from bot.slack.request_message import told as drawn_for_one
from tests.approval.examples import DANA, OLGA, OMAR
from tests.flows.conftest import Desk
from tests.plans import removal_plan

DAY = timedelta(hours=24)
KEEPS = Policy(rules=(Rule(name="only copies", approvers=("S0OPSLEADS",), undo=DAY),))
ALPINE, CENTOS = "redis:alpine", "centos:latest"


@pytest.fixture
def keeping(desk: Desk) -> Desk:
    """Give a desk whose rule wants that everything can be undone for a day."""
    desk.policy = KEEPS
    return desk


def gone(desk: Desk, text: str = "rm redis:alpine centos") -> Request:
    """Have it asked for, approved and carried out."""
    desk.press(Button.APPROVE, desk.asked(text), OLGA)
    desk.remove()
    assert desk.request().state is State.FINISHED, desk.request().closing
    return desk.request()


def guards(desk: Desk) -> set[str]:
    """Return the guards that are on the host."""
    return {name for name in desk.daemon.names() if name.startswith(DOMAIN)}


def images(desk: Desk) -> set[ImageId]:
    """Return the images that are on the host."""
    return set(desk.daemon.world.inventory.images)


def by_tag(desk: Desk) -> dict[str, ImageId]:
    """Return what each tag on the host names."""
    images = desk.daemon.world.inventory.images.values()
    return {reference.familiar: image.id for image in images for reference in image.references if reference.tag}


def window(desk: Desk) -> Window | None:
    """Return how far the undo has come."""
    undo = desk.request().undo
    return undo.window if undo else None


def records(desk: Desk) -> list[str | None]:
    """Return what is on record as gone: references, and None for images and layers."""
    with desk.store.reading() as reading:
        return [record.reference for record in reading.records_of(desk.request().id)]


def freed(desk: Desk) -> int:
    """Return the bytes of the layers that are on record as gone."""
    with desk.store.reading() as reading:
        return sum(record.bytes or 0 for record in reading.records_of(desk.request().id))


def is_verified(store: Store) -> bool:
    """Whether every event and every record is as it was written."""
    with store.reading() as reading:
        found = verified(reading)
    return not hasattr(found, "why")


def test_names_go_and_content_stays(keeping: Desk) -> None:
    """Guards first, on record before and after; then the names; and no image, nor a byte."""
    before = images(keeping)
    request = gone(keeping)
    assert keeping.kinds()[:6] == ["asked", "approved", "claimed", "guarding", "guarded", "step-begun"]
    assert not {ALPINE, CENTOS} & keeping.daemon.names()
    assert (images(keeping), len(guards(keeping))) == (before, 2)
    assert (window(keeping), freed(keeping)) == (Window.OPEN, 0)
    assert {name for name in records(keeping) if name and "@" not in name} == {ALPINE, CENTOS}
    assert None not in records(keeping)
    assert request.undo
    assert request.undo.until == keeping.clock() + DAY
    assert is_verified(keeping.store)


def test_the_plan_says_what_comes_back_and_when(keeping: Desk) -> None:
    """Before it is approved, and until the window ends."""
    text = str(request_message(keeping.asked()))
    assert "names go at once" in text
    assert "come back 1d later" in text
    keeping.press(Button.APPROVE, keeping.request(), OLGA)
    keeping.remove()
    shown = str(request_message(keeping.request()))
    assert "_Undo_ until" in shown
    assert {Button.UNDO.value, Button.RECLAIM.value} <= {b for b in Button if b.value in shown}


@pytest.mark.parametrize("by", [DANA, OLGA], ids=["who asked", "a lead"])
def test_undo_puts_the_names_back(keeping: Desk, by: object) -> None:
    """Whoever asked may, and so may those who decide; the guards are gone, and nothing else changed."""
    before = by_tag(keeping)
    request = gone(keeping)
    assert keeping.press(Button.UNDO, request, by) is None  # type: ignore[arg-type]
    assert window(keeping) is Window.UNDOING
    keeping.see_to_undos()
    assert window(keeping) is Window.UNDONE
    assert by_tag(keeping) == before
    undo = keeping.request().undo
    assert undo
    assert set(undo.back) == {ALPINE, CENTOS}
    assert [each.split("@")[0] for each in undo.left] == ["redis", "centos"]  # digests come with a pull alone
    assert "by hand; centos@… comes back" in str(request_message(keeping.request()))
    assert "*Undone*" in str(request_message(keeping.request()))
    assert Button.UNDO.value not in str(request_message(keeping.request()))
    assert is_verified(keeping.store)


def test_a_name_that_another_image_has_is_left_to_it(keeping: Desk) -> None:
    """That is said, and its old image keeps an ordinary name, for it must not be lost."""
    request = gone(keeping)
    keeping.daemon.tag("nginx", CENTOS)
    keeping.press(Button.UNDO, request, OLGA)
    keeping.see_to_undos()
    undo = keeping.request().undo
    assert undo
    assert undo.back == (ALPINE,)
    assert "centos:latest names e43d811ce2f4 by now" in undo.left[0]
    assert "Undone: 1 of 2 names back on web-3" in str(request_message(keeping.request()))
    assert any(name.startswith("imgbot-kept/") for name in keeping.daemon.names())
    assert guards(keeping) == set()


def test_reclaim_deletes_what_was_predicted(keeping: Desk) -> None:
    """As a plan without an undo says; on record when it really went, and counted then."""
    plain = replace(keeping, policy=Policy(rules=(replace(KEEPS.rules[0], undo=None),)))
    planned = plain.type("rm --dry-run redis:alpine centos")
    assert isinstance(planned, Planned)
    expected = [r for step in planned.plan.steps if isinstance(step.outcome, Removed) for r in step.outcome.records]
    request = gone(keeping)
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.see_to_undos()
    request = keeping.request()
    assert request.undo
    assert (request.undo.window, guards(keeping)) == (Window.RECLAIMED, set())
    went = [r for state in request.undo.reclaims if isinstance(state.outcome, Removed) for r in state.outcome.records]
    assert went == [record for record in expected if isinstance(record, DeletedImage | DeletedLayer)]
    assert isinstance(planned.plan, Plan)
    assert freed(keeping) == sum(step.freed.bytes or 0 for step in planned.plan.steps) > 0
    assert "*Reclaimed* by" in str(request_message(request))
    assert keeping.kinds()[-3:] == ["reclaim-begun", "guard-removed", "guard-removed"]
    assert is_verified(keeping.store)
    with keeping.store.reading() as reading:
        told = reading.records_of(request.id)
    assert all(record.predicted for record in told)
    assert not any(record.reference and DOMAIN in record.reference for record in told)


def test_what_was_freed_is_known_after_a_restart(keeping: Desk) -> None:
    """A process that has measured nothing has the sizes from the plan."""
    request = gone(keeping)
    world = keeping.daemon.world
    keeping.daemon.world = replace(world, inventory=replace(world.inventory, layer_bytes={}))
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.see_to_undos()
    assert window(keeping) is Window.RECLAIMED
    planned = [step.outcome for step in request.plan.reclaims]
    layers = [r for each in planned if isinstance(each, Removed) for r in each.records if isinstance(r, DeletedLayer)]
    assert freed(keeping) == sum(layer.bytes or 0 for layer in layers) > 0


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_docker_printed_is_shown_when_what_was_kept_goes(keeping: Desk, *, by_hand: bool) -> None:
    """In the thread, for these are many: the names that went before, and what is deleted now; once."""
    request = gone(keeping)
    before = came(request)
    assert [line.split()[0] for line in before] == ["Untagged:"] * 4
    assert keeping.conversation.printed == []
    if by_hand:
        keeping.press(Button.RECLAIM, request, OLGA)
    keeping.clock.goes_on(DAY)
    for _ in range(2):
        keeping.see_to_undos()
        keeping.publish()
    (printed,) = keeping.conversation.printed
    lines = in_thread(printed).blocks
    deleted = [line for line in came(printed) if line not in before]
    assert len(deleted) > 3
    assert all(line.startswith("Deleted: sha256:") and line in str(lines) for line in deleted)
    assert f"All {len(before) + len(deleted)} lines of what was done are in the thread" in str(request_message(printed))


def test_few_lines_of_what_was_kept_are_in_the_message(keeping: Desk) -> None:
    """As of any result; and in what ``imgbot show`` prints, with what was planned."""
    request = gone(keeping, "rm centos")
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.see_to_undos()
    keeping.publish()
    request = keeping.request()
    assert keeping.conversation.printed == []
    assert [line.split()[0] for line in came(request)] == ["Untagged:", "Untagged:", "Deleted:", "Deleted:"]
    assert str(request_message(request)).count("Deleted: sha256:") == 2
    (reclaimed,) = json.loads(json.dumps(for_programs.request_json(request, (), ())))["reclaimed"]
    console = Console(file=io.StringIO(), width=1000)
    printing.request(console, request, (), ())
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert f"\n{short(ImageId(reclaimed['image_id']))}, kept for an undo: done\n" in shown
    assert (shown.count("  planned  Deleted: "), shown.count("  came     Deleted: ")) == (2, 2)
    assert reclaimed["came"] == reclaimed["planned"] == list(came(request))[2:]


def test_when_the_time_is_over_it_goes_by_itself(keeping: Desk) -> None:
    """Not a moment before."""
    gone(keeping)
    keeping.clock.goes_on(DAY - timedelta(seconds=1))
    keeping.see_to_undos()
    assert window(keeping) is Window.OPEN
    keeping.clock.goes_on(timedelta(seconds=1))
    keeping.see_to_undos()
    assert (window(keeping), guards(keeping)) == (Window.RECLAIMED, set())
    assert isinstance(keeping.press(Button.UNDO, keeping.request(), OLGA), TooLate)


def test_while_it_can_be_undone_nothing_is_to_be_restored(keeping: Desk) -> None:
    """A button for that stands beside the record only afterwards: an undo pulls nothing, and takes the guards away."""
    request = gone(keeping)
    shown = keeping.type(f"show {request.id}")
    assert isinstance(shown, Detailed)
    assert not shown.back
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.see_to_undos()
    shown = keeping.type(f"show {request.id}")
    assert isinstance(shown, Detailed)
    assert shown.back


def test_restored_while_it_is_kept_it_stays(keeping: Desk) -> None:
    """Nothing is pulled for that, and only the guard goes when the time is over."""
    before = by_tag(keeping)
    request = gone(keeping, "rm centos")
    asked = keeping.type(f"restore {request.id}")
    assert isinstance(asked, AskedFor)
    keeping.press(Button.APPROVE, keeping.request(asked.request.id), OLGA)
    keeping.remove()
    assert (keeping.request(asked.request.id).state, keeping.daemon.pulled) == (State.FINISHED, [])
    keeping.clock.goes_on(DAY)
    keeping.see_to_undos()
    assert (window(keeping), by_tag(keeping), guards(keeping)) == (Window.RECLAIMED, before, set())


@pytest.mark.parametrize("button", [Button.UNDO, Button.RECLAIM, None], ids=["undone", "reclaimed", "by itself"])
def test_who_asked_is_told_once_how_it_ended(keeping: Desk, button: Button | None) -> None:
    """Beside that it was removed: what one counts on to come back, or to be gone, may be so only now."""
    request, told = gone(keeping), keeping.conversation.told
    assert [each.state for each in told] == [State.APPROVED, State.FINISHED]
    if button:
        keeping.press(button, request, OLGA)
    keeping.clock.goes_on(DAY)
    for _ in range(2):
        keeping.see_to_undos()
    assert keeping.conversation.told_whom == [DANA] * 3
    assert told[-1].undo
    assert told[-1].undo.window is (Window.UNDONE if button is Button.UNDO else Window.RECLAIMED)
    assert ("Undone" if button is Button.UNDO else "*Reclaimed*") in str(drawn_for_one(told[-1]))


def test_only_those_who_decide_may_reclaim(keeping: Desk) -> None:
    """Whoever asked may put names back, and not end the time in which others can."""
    request = gone(keeping)
    answer = keeping.press(Button.RECLAIM, request, DANA)
    assert isinstance(answer, Sentence)
    assert window(keeping) is Window.OPEN


def test_the_second_of_two_clicks_is_told(keeping: Desk) -> None:
    """One undoes, and the other comes too late to reclaim."""
    request = gone(keeping)
    assert keeping.press(Button.UNDO, request, OLGA) is None
    assert isinstance(keeping.press(Button.RECLAIM, request, OMAR), TooLate)
    keeping.see_to_undos()
    assert window(keeping) is Window.UNDONE


def test_content_that_got_another_name_stays(keeping: Desk) -> None:
    """Only the guard goes, and the record says so."""
    request = gone(keeping, "rm centos")
    (guard,) = guards(keeping)
    keeping.daemon.tag(guard, "precious:1")
    before = images(keeping)
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.see_to_undos()
    undo = keeping.request().undo
    assert undo
    assert (undo.window, images(keeping), guards(keeping)) == (Window.RECLAIMED, before, set())
    assert "it is also precious:1" in undo.reclaims[0].note
    assert "no image was deleted" in str(request_message(keeping.request()))


def untagged_by_hand(desk: Desk, name: str) -> None:
    """Let somebody take a name away on the host."""
    image_id = desk.daemon.named(name)
    assert isinstance(image_id, str)
    desk.daemon.remove(Removal(word=name, target=name, image_id=image_id))


def test_what_its_plan_leaves_is_never_deleted(keeping: Desk) -> None:
    """Nobody approved that the content goes, so it stays when its other name went by hand."""
    keeping.daemon.tag(CENTOS, "shop:1")
    request = gone(keeping, "rm centos")
    assert not any(isinstance(r, DeletedImage) for r in request.plan.reclaims[0].outcome.records)  # type: ignore[union-attr]
    untagged_by_hand(keeping, "shop:1")
    before = images(keeping)
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.see_to_undos()
    undo = keeping.request().undo
    assert undo
    assert (undo.window, images(keeping), guards(keeping)) == (Window.RECLAIMED, before, set())
    assert (
        "stays: its plan says so, and what else named it is gone. It is now called imgbot-kept/"
        in undo.reclaims[0].note
    )
    assert is_verified(keeping.store)


def test_what_goes_in_the_end_is_held_to_what_was_approved(keeping: Desk) -> None:
    """A plan by which content stays is another one than that by which it goes, though the same name goes first."""
    keeping.daemon.tag(CENTOS, "shop:1")
    request = keeping.asked("rm centos")
    untagged_by_hand(keeping, "shop:1")
    keeping.press(Button.APPROVE, request, OLGA)
    drifted = keeping.request()
    assert drifted.state is State.DRIFTED
    assert drifted.closing
    assert "+ Deleted: sha256:" in drifted.closing.why
    assert DOMAIN not in drifted.closing.why


@pytest.mark.parametrize("button", [Button.UNDO, Button.RECLAIM])
def test_who_observes_keeps_it(keeping: Desk, button: Button) -> None:
    """Neither by a click nor because the time is over; afterwards it goes."""
    request, before = gone(keeping), keeping.daemon.names()
    keeping.policy = replace(KEEPS, observes=True)
    assert "I only observe here" in str(keeping.press(button, request, OLGA))
    keeping.clock.goes_on(2 * DAY)
    keeping.see_to_undos()
    assert (window(keeping), keeping.daemon.names()) == (Window.OPEN, before)
    keeping.policy = KEEPS
    keeping.see_to_undos()
    assert window(keeping) is Window.RECLAIMED


def test_what_is_reclaimed_can_be_restored(keeping: Desk) -> None:
    """An image without a name has lost nothing before its guard goes; it went all the same."""
    inventory = keeping.daemon.world.inventory
    nameless = next(i for i, image in inventory.images.items() if not image.references and not image.parent)
    request = gone(keeping, f"rm {nameless}")
    assert "removed nothing" in str(keeping.type(f"restore {request.id}"))
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.see_to_undos()
    assert nameless not in images(keeping)
    assert "no digest of" in str(keeping.type(f"restore {request.id}"))


@pytest.mark.parametrize("button", [Button.UNDO, Button.RECLAIM])
def test_nobody_takes_over_what_cannot_be_done(keeping: Desk, button: Button) -> None:
    """Two processes would otherwise take it from each other, on record, for as long as the host is away."""
    keeping.press(button, gone(keeping), OLGA)
    keeping.daemon.reachable = False
    for number in range(2, 6):
        keeping.owner = f"bot:{number}"
        keeping.clock.goes_on(timedelta(minutes=3))
        keeping.see_to_undos()
    assert keeping.kinds()[-2:] == ["finished", "undo-begun" if button is Button.UNDO else "reclaim-begun"]
    keeping.daemon.reachable = True
    keeping.clock.goes_on(timedelta(minutes=3))
    keeping.see_to_undos()
    assert guards(keeping) == set()


@pytest.mark.parametrize("state", [ContainerState.EXITED, ContainerState.RUNNING])
def test_content_that_a_container_uses_stays(keeping: Desk, state: ContainerState) -> None:
    """It gets an ordinary name: nothing is kept that nobody sees."""
    request = gone(keeping, "rm centos")
    image_id = request.plan.reclaims[0].removal.image_id
    assert image_id
    used = Container(id="c" * 64, name="job", image_id=image_id, state=state)  # type: ignore[arg-type]
    world = keeping.daemon.world
    keeping.daemon.world = replace(world, inventory=replace(world.inventory, containers=(used,)))
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.see_to_undos()
    undo = keeping.request().undo
    assert undo
    assert (undo.window, guards(keeping)) == (Window.RECLAIMED, set())
    assert image_id in images(keeping)
    assert "It is now called imgbot-kept/" in undo.reclaims[0].note


def test_a_host_that_is_away_keeps_it_for_longer(keeping: Desk) -> None:
    """And it goes once the host is back."""
    request = gone(keeping)
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.daemon.reachable = False
    keeping.see_to_undos()
    assert window(keeping) is Window.RECLAIMING
    keeping.daemon.reachable = True
    keeping.see_to_undos()
    assert window(keeping) is Window.RECLAIMED


def test_what_cannot_be_seen_to_is_in_nobodys_way(keeping: Desk) -> None:
    """Another daemon answers for the host: what the former one keeps waits, and an undo on the new one does not."""
    first = gone(keeping, "rm centos")
    keeping.press(Button.RECLAIM, first, OLGA)
    world = keeping.daemon.world
    keeping.daemon.world = replace(world, inventory=replace(world.inventory, daemon_id="another"))
    second = keeping.type("rm redis:alpine")
    assert isinstance(second, AskedFor)
    keeping.press(Button.APPROVE, second.request, OLGA)
    keeping.remove()
    keeping.clock.goes_on(timedelta(seconds=1))
    keeping.press(Button.UNDO, keeping.request(second.request.id), OLGA)
    undoing = replace(keeping.flows().undoing[0], together=1)
    undoing.due()
    undoing.due()
    undo = keeping.request(second.request.id).undo
    assert undo
    assert (undo.window, window(keeping)) == (Window.UNDONE, Window.RECLAIMING)


def test_a_lost_answer_is_found_on_the_host(keeping: Desk) -> None:
    """Never taken for nothing: at the next look the image is gone, and that is on record as found."""
    request = gone(keeping, "rm centos")
    keeping.daemon.loses_answers = True
    undoing = keeping.flows().undoing[0]
    keeping.press(Button.RECLAIM, request, OLGA)
    undoing.due()
    assert window(keeping) is Window.RECLAIMING
    undoing.due()
    assert window(keeping) is Window.RECLAIMING  # it is not asked all the time
    keeping.clock.goes_on(timedelta(seconds=2))
    undoing.due()
    undo = keeping.request().undo
    assert undo
    assert undo.window is Window.RECLAIMED
    assert undo.reclaims[0].note.startswith("Found gone on the host")
    with keeping.store.reading() as reading:
        sources = [record.source for record in reading.records_of(request.id)]
    assert sources == ["reported"] * 2 + ["derived"] * 2  # a tag and its digest; an image and its layer


@pytest.mark.parametrize("button", [Button.UNDO, Button.RECLAIM])
def test_another_process_takes_it_up(keeping: Desk, button: Button) -> None:
    """On SQLite nobody else can be at it; on PostgreSQL that is waited for."""
    request = gone(keeping)
    keeping.press(button, request, OLGA)
    keeping.owner = "bot:2"
    keeping.see_to_undos()
    if not keeping.store.alone:
        assert window(keeping) in {Window.UNDOING, Window.RECLAIMING}
        keeping.clock.goes_on(timedelta(minutes=3))
        keeping.see_to_undos()
    assert window(keeping) is (Window.UNDONE if button is Button.UNDO else Window.RECLAIMED)
    assert guards(keeping) == set()
    assert is_verified(keeping.store)


def test_a_guard_that_cannot_be_set_stops_everything(keeping: Desk) -> None:
    """Nothing is removed without it; stopped for good, the guards that were set go, and nothing else."""
    before = by_tag(keeping)
    keeping.press(Button.APPROVE, keeping.asked("rm redis:alpine centos"), OLGA)
    tag, calls = keeping.daemon.tag, []

    def once(image_id: str, name: str) -> Unreachable | None:
        calls.append(name)
        return Unreachable(host="web-3", why="web-3 is full.") if len(calls) > 1 else tag(image_id, name)

    keeping.daemon.tag = once  # type: ignore[method-assign,assignment]
    keeping.remove()
    assert keeping.request().state is State.INTERRUPTED
    assert keeping.daemon.sent == []
    keeping.press(Button.STOP, keeping.request(), OLGA)
    keeping.see_to_undos()
    assert window(keeping) is Window.RECLAIMED
    assert by_tag(keeping) == before
    assert is_verified(keeping.store)


def test_guards_that_were_set_for_nothing_go(keeping: Desk) -> None:
    """Where the host drifts once they are there nothing is sent, and the guards are taken away again."""
    keeping.press(Button.APPROVE, keeping.asked("rm redis:alpine"), OLGA)
    tag = keeping.daemon.tag

    def and_move(image_id: str, name: str) -> None:
        tag(image_id, name)
        tag("nginx", ALPINE)

    keeping.daemon.tag = and_move  # type: ignore[method-assign]
    keeping.remove()
    keeping.daemon.tag = tag  # type: ignore[method-assign]
    assert keeping.request().state is State.DRIFTED
    keeping.see_to_undos()
    assert (window(keeping), guards(keeping)) == (Window.RECLAIMED, set())
    assert keeping.request().plan.reclaims[0].removal.image_id in images(keeping)


def test_interrupted_and_resumed_it_can_still_be_undone(keeping: Desk) -> None:
    """The guards are read back once more, and the rest goes."""
    keeping.press(Button.APPROVE, keeping.asked("rm redis:alpine centos"), OLGA)
    keeping.daemon.before = lambda: setattr(keeping.daemon, "reachable", False)
    keeping.remove()
    assert keeping.request().state is State.INTERRUPTED
    keeping.daemon.reachable, keeping.daemon.before = True, lambda: None
    keeping.press(Button.RESUME, keeping.request(), OLGA)
    keeping.remove()
    assert (keeping.request().state, window(keeping)) == (State.FINISHED, Window.OPEN)
    keeping.press(Button.UNDO, keeping.request(), OLGA)
    keeping.see_to_undos()
    assert {ALPINE, CENTOS} <= keeping.daemon.names()


def test_a_name_that_never_went_is_not_told_as_given_back(keeping: Desk) -> None:
    """No answer came, so its step is unclear; when it is undone the name is still there."""
    keeping.press(Button.APPROVE, keeping.asked("rm centos"), OLGA)
    keeping.daemon.says = Unknown(message="web-3 did not answer in time.")
    keeping.remove()
    keeping.daemon.says = None
    keeping.press(Button.STOP, keeping.request(), OLGA)
    assert keeping.request().steps[0].progress is Progress.UNCLEAR
    keeping.press(Button.UNDO, keeping.request(), OLGA)
    keeping.see_to_undos()
    undo = keeping.request().undo
    assert undo
    assert (undo.window, undo.back, guards(keeping)) == (Window.UNDONE, (), set())
    assert CENTOS in keeping.daemon.names()


def test_guards_are_in_no_list_and_nobody_removes_one(keeping: Desk) -> None:
    """Neither by a list, by their name, nor with the ID of what they keep."""
    request = gone(keeping, "rm centos")
    (guard,) = guards(keeping)
    listed = keeping.type("ls -a")
    assert isinstance(listed, Listed)
    image_id = request.plan.reclaims[0].removal.image_id
    assert image_id not in {row.image.id for row in listed.rows}
    dangling = keeping.type("rm $(ls -q -f dangling=true)")
    assert isinstance(dangling, AskedFor)
    assert image_id not in {step.removal.image_id for step in removal_plan(dangling.request).steps}
    for word in (guard, str(image_id)):
        answer = keeping.type(f"rm -f {word}")
        assert isinstance(answer, Planned)
        (step,) = answer.plan.steps
        assert isinstance(step.outcome, Refused)
        dated = f"is kept for the undo of request {request.id} until 2026-03-02 12:00 UTC: press Reclaim now there"
        assert dated in step.outcome.message
    held = keeping.type(f"why {image_id}")
    assert isinstance(held, Held)
    assert (held.why.references, held.why.kept) == ((), "kept for the undo of request 1 until 2026-03-02 12:00 UTC")
    assert "Kept for the undo of request 1" in str(drawn(held))


def test_watching_takes_no_guard_for_anybodys_removal(keeping: Desk) -> None:
    """They come and go by our own doing, and so does what they kept."""
    (watch,) = keeping.flows().watches
    watch.look()
    request = gone(keeping)
    watch.look()
    keeping.press(Button.RECLAIM, request, OLGA)
    keeping.see_to_undos()
    keeping.flows().watches[0].look()
    with keeping.store.reading() as reading:
        kinds = [event.fields.kind for event in reading.chain()]
    assert "left-outside" not in kinds


def test_without_an_undo_nothing_is_kept(desk: Desk) -> None:
    """As ever."""
    request = gone(desk)
    assert (request.undo, guards(desk)) == (None, set())
    assert isinstance(desk.press(Button.UNDO, request, OLGA), TooLate)
    assert not isinstance(request.steps[0].outcome, Unknown)
