"""Putting back what a request removed: asked, approved, pulled, tagged, and nothing taken from others."""

import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from rich.console import Console

from bot import for_programs, printing
from bot.approval.conditions import Action
from bot.approval.policy import Forbidden, Policy, Rule
from bot.approval.request import Progress, Request, RequestId, State
from bot.db.tables import request as request_table
from bot.flows.answers import AskedFor, Detailed, Gone, JoinedTo, Planned, Sentence
from bot.flows.ports import Button
from bot.images.ids import ImageId
from bot.images.inventory import Store as ImageStore
from bot.images.removal import Refusal, Refused, Unknown
from bot.images.restoral import NotPutBack, Obstacle, Pulled, PutBack, RestorePlan, Tagged
from bot.slack.replies import reply
from bot.slack.request_message import request_message
from tests.approval.examples import DANA, OLGA
from tests.flows.conftest import RULES, Desk

AT_ONCE = Rule(name="anybody", actions=(Action.RESTORE,), approvals=0)


def removed(desk: Desk, text: str = "rm redis:alpine centos") -> Request:
    """Let a removal be asked, approved and carried out."""
    asked = desk.type(text)
    assert isinstance(asked, AskedFor)
    desk.press(Button.APPROVE, desk.request(asked.request.id), OLGA)
    desk.remove()
    finished = desk.request(asked.request.id)
    assert finished.state is State.FINISHED
    return finished


def asked_back(desk: Desk, text: str = "rm redis:alpine centos") -> Request:
    """Let what was removed be asked for again."""
    first = removed(desk, text)
    asked = desk.type(f"restore {first.id}")
    assert isinstance(asked, AskedFor), asked
    return asked.request


def approved_back(desk: Desk, text: str = "rm redis:alpine centos") -> Request:
    """Let it be approved too."""
    request = asked_back(desk, text)
    assert desk.press(Button.APPROVE, request, OLGA) is None
    return desk.request(request.id)


def plan_of(request: Request) -> RestorePlan:
    """Return the plan of a request that puts images back."""
    assert isinstance(request.plan, RestorePlan)
    return request.plan


def test_what_was_removed_is_there_again(desk: Desk) -> None:
    """The same images, by the same names and digests, once somebody approved it."""
    before = desk.daemon.world.inventory.images
    request = asked_back(desk)
    assert request.state is State.PENDING
    assert desk.daemon.pulled == []
    assert desk.press(Button.APPROVE, request, OLGA) is None
    desk.remove()
    done = desk.request(request.id)
    assert done.state is State.FINISHED
    assert desk.daemon.world.inventory.images == before
    assert [len(state.outcome.gains) for state in done.steps if isinstance(state.outcome, PutBack)] == [2, 2]
    assert desk.kinds(done.id) == ["asked", "approved", "claimed", *["step-begun", "step-done"] * 2, "finished"]


def test_the_message_says_what_it_is(desk: Desk) -> None:
    """In the words of a restoral, before and after; and the person who asked is told."""
    pending = str(request_message(asked_back(desk)))
    assert "Put redis:alpine and centos:latest back on web-3?" in pending
    assert "/img restore 1" in pending
    assert "nothing has been put back" in pending
    assert "Pulled: redis@sha256:" in pending
    assert "remove" not in pending.lower()
    desk.press(Button.APPROVE, desk.request(2), OLGA)
    desk.remove()
    finished = str(request_message(desk.request(2)))
    assert "✅ Put redis:alpine and centos:latest back on web-3" in finished
    assert "Tagged: centos:latest" in finished
    assert desk.conversation.told[-1].id == 2


def test_nobody_approves_their_own(desk: Desk) -> None:
    """The rules are those of a removal."""
    request = asked_back(desk)
    told = desk.press(Button.APPROVE, request, DANA)
    assert isinstance(told, Sentence)
    assert told.text == "You asked for this, so someone else has to decide."


def test_a_rule_lets_people_put_back_at_once(desk: Desk) -> None:
    """Pulling is safe; and that rule lets nobody remove."""
    desk.policy = replace(RULES, rules=(AT_ONCE, *RULES.rules))
    request = asked_back(desk)
    assert (request.state, request.needs.rule) == (State.APPROVED, "anybody")
    desk.remove()
    assert desk.request(request.id).state is State.FINISHED


def test_a_rule_forbids_it(desk: Desk) -> None:
    """In its own words."""
    first = removed(desk)
    desk.policy = Policy(rules=(Rule(name="never", actions=(Action.RESTORE,), approvals=None), *RULES.rules))
    answer = desk.type(f"restore {first.id}")
    assert isinstance(answer, Planned)
    assert answer.verdict == Forbidden(why='Rule "never" forbids putting images back on web-3.')


def test_who_observes_puts_nothing_back(desk: Desk) -> None:
    """Whatever the rules say."""
    first = removed(desk)
    desk.policy = replace(RULES, observes=True)
    answer = desk.type(f"restore {first.id}")
    assert isinstance(answer, Planned)
    assert isinstance(answer.verdict, Forbidden)
    assert "nothing can be put back" in answer.verdict.why
    assert "button" not in str(reply(answer))


def test_a_dry_run_asks_nobody(desk: Desk) -> None:
    """It shows what can be had back, with a button to ask for that."""
    first = removed(desk)
    answer = desk.type(f"restore --dry-run {first.id}")
    assert isinstance(answer, Planned)
    text = str(reply(answer))
    assert "redis:alpine and centos:latest would be put back on web-3" in text
    button = next(each for each in _buttons(answer) if each["action_id"] == Button.ASK)
    asked = desk.press(Button.ASK, first, DANA, value=str(button["value"]))
    assert isinstance(asked, AskedFor)


def _buttons(answer: Planned | Detailed) -> list[dict[str, object]]:
    blocks = [block for block in reply(answer).blocks if block["type"] == "actions"]
    return [each for block in blocks for each in block["elements"]]  # type: ignore[attr-defined]  # a list


def test_what_cannot_be_pulled_is_said_before(desk: Desk) -> None:
    """It was never pushed: there is no request where nothing of it can be had back."""
    first = removed(desk, "rm acme/cache:2")
    answer = desk.type(f"restore {first.id}")
    assert isinstance(answer, Planned)
    (step,) = plan_of(replace(first, plan=answer.plan)).steps
    assert isinstance(step.outcome, NotPutBack)
    assert step.outcome.obstacle is Obstacle.NO_DIGEST
    assert "Nothing can be put back on web-3" in str(reply(answer))


def test_what_cannot_be_pulled_holds_up_nothing_else(desk: Desk) -> None:
    """It is passed over, and the rest is put back."""
    request = approved_back(desk, "rm acme/cache:2 centos")
    desk.remove()
    done = desk.request(request.id)
    assert [step.progress for step in done.steps] == [Progress.SKIPPED, Progress.DONE]
    assert "centos:latest" in desk.daemon.names()
    assert "centos:latest (1 of 2)" in str(request_message(done))


@pytest.mark.parametrize("deleted", [True, False])
def test_a_digest_that_the_registry_no_longer_has(desk: Desk, *, deleted: bool) -> None:
    """The daemon's words are the outcome, the other image is put back, and the request ends."""
    request = approved_back(desk)
    if deleted:
        first = next(reference for reference in desk.daemon.to_pull if reference.path == "library/redis")
        del desk.daemon.to_pull[first]
    desk.remove()
    done = desk.request(request.id)
    assert done.state is State.FINISHED
    if deleted:
        assert done.steps[0].outcome == Refused(refusal=Refusal.NOT_FOUND, message="manifest unknown")
        assert "*not put back* — manifest unknown" in str(request_message(done))
        assert "⚠️ Put centos:latest (1 of 2) back on web-3" in str(request_message(done))
    assert isinstance(done.steps[1].outcome, PutBack)


def test_another_image_is_not_tagged(desk: Desk) -> None:
    """Whatever a registry gives: it is told, and how to be rid of it."""
    request = approved_back(desk, "rm centos")
    other = desk.daemon.world.images[0].id
    desk.daemon.says_of_pulls = other
    desk.remove()
    done = desk.request(request.id)
    (state,) = done.steps
    assert isinstance(state.outcome, PutBack)
    assert [type(gain) for gain in state.outcome.gains] == [Pulled]
    assert "so nothing was tagged; `docker image rm centos@sha256:" in state.outcome.left[0]
    assert "centos:latest" not in desk.daemon.names()
    message = str(request_message(done))
    assert "⚠️ Put nothing back on web-3" in message
    assert "*not as planned*" in message


def test_a_name_that_was_taken_before_the_click_is_drift(desk: Desk) -> None:
    """Nothing is pulled; who asks again gets a plan of the host as it is now."""
    request = asked_back(desk, "rm centos")
    desk.daemon.tag("docker:latest", "centos:latest")
    desk.press(Button.APPROVE, request, OLGA)
    drifted = desk.request(request.id)
    assert drifted.state is State.DRIFTED
    assert "centos:latest now names another image" in str(request_message(drifted))
    again = desk.press(Button.ASK_AGAIN, drifted, DANA)
    assert isinstance(again, Planned)
    assert "Nothing can be put back" in str(reply(again))
    assert desk.daemon.pulled == []


def test_a_name_that_is_taken_while_it_is_pulled_stays_taken(desk: Desk) -> None:
    """It is read directly before: the image is there by its digest, and the record says why not by its name."""
    request = approved_back(desk, "rm centos")
    desk.daemon.before = lambda: desk.daemon.tag("docker:latest", "centos:latest")
    desk.remove()
    done = desk.request(request.id)
    (state,) = done.steps
    assert isinstance(state.outcome, PutBack)
    assert [type(gain) for gain in state.outcome.gains] == [Pulled]
    docker = desk.daemon.named("docker:latest")
    assert desk.daemon.named("centos:latest") == docker
    assert "centos:latest now names another image on web-3" in state.outcome.left[0]


def test_what_came_back_by_itself_is_only_tagged(desk: Desk) -> None:
    """Somebody pulled it between the approval and the claim: that is covered by the approval."""
    request = approved_back(desk, "rm centos")
    source = plan_of(request).steps[0].restoral.source
    assert source is not None
    desk.daemon.pull(source, lambda: None)
    desk.daemon.pulled.clear()
    desk.remove()
    (state,) = desk.request(request.id).steps
    assert isinstance(state.outcome, PutBack)
    assert [type(gain) for gain in state.outcome.gains] == [Tagged]
    assert desk.daemon.pulled == []


def test_a_host_that_does_not_say_what_came_of_it(desk: Desk) -> None:
    """The step is unclear, the rest waits; later the host shows that nothing came, and a lead lets it go on."""
    request = approved_back(desk)
    desk.daemon.says_of_pulls = Unknown(message="web-3 did not answer. What came of the pull is not known.")
    desk.remove()
    assert [step.progress for step in desk.request(request.id).steps] == [Progress.UNCLEAR, Progress.WAITING]
    desk.daemon.says_of_pulls = None
    desk.clock.goes_on(timedelta(minutes=5))
    desk.flows().recover.unclear()
    interrupted = desk.request(request.id)
    assert [step.progress for step in interrupted.steps] == [Progress.WAITING, Progress.WAITING]
    desk.publish()
    assert desk.press(Button.RESUME, interrupted, OLGA) is None
    desk.remove()
    assert desk.request(request.id).state is State.FINISHED
    assert {"redis:alpine", "centos:latest"} <= desk.daemon.names()


def test_a_process_that_ends_in_the_middle(desk: Desk) -> None:
    """What the host has is done, though nobody saw the answer; nothing is pulled twice."""
    request = approved_back(desk, "rm centos")

    pull, tag = desk.daemon.pull, desk.daemon.tag

    def pulled_then_died(source: str, alive: object) -> ImageId | Refused | Unknown:
        del alive
        image_id = pull(source, lambda: None)
        assert not isinstance(image_id, Refused | Unknown)
        tag(image_id, "centos:latest")
        raise KeyboardInterrupt

    desk.daemon.pull = pulled_then_died  # type: ignore[method-assign]  # it dies once
    with pytest.raises(KeyboardInterrupt):
        desk.remove()
    assert desk.request(request.id).state is State.REMOVING
    desk.daemon.pull = pull  # type: ignore[method-assign]
    desk.owner = "bot:2"
    desk.clock.goes_on(timedelta(minutes=10))
    desk.flows().recover.orphans()
    done = desk.request(request.id)
    assert done.state is State.FINISHED
    assert done.steps[0].note == "Found done on the host, after the daemon's answer was lost."
    assert len(desk.daemon.pulled) == 1


def test_a_pull_that_takes_longer_than_a_claim_keeps_it(desk: Desk) -> None:
    """Each piece of the answer shows that it goes on: nobody takes the request for an orphan."""
    request = approved_back(desk, "rm centos")
    pull = desk.daemon.pull

    def slowly(source: str, alive: object) -> ImageId | Refused | Unknown:
        assert callable(alive)
        for _ in range(10):
            desk.clock.goes_on(timedelta(seconds=50))
            alive()
            claim = desk.request(request.id).claim
            assert claim is not None
            assert claim.until > desk.clock()
        return pull(source, lambda: None)

    desk.daemon.pull = slowly  # type: ignore[method-assign]  # it takes its time
    desk.remove()
    assert desk.request(request.id).state is State.FINISHED


def test_rules_that_change_in_between_stop_it(desk: Desk) -> None:
    """What is done is done; the rest waits for somebody to look."""
    request = approved_back(desk)

    def stricter() -> None:
        desk.policy = replace(RULES, rules=(replace(RULES.rules[0], approvals=2),))

    desk.daemon.before = stricter
    desk.remove()
    interrupted = desk.request(request.id)
    assert interrupted.state is State.INTERRUPTED
    assert [step.progress for step in interrupted.steps] == [Progress.DONE, Progress.WAITING]


def test_whoever_asks_for_the_same_follows(desk: Desk) -> None:
    """The leads are not asked twice."""
    request = asked_back(desk)
    again = desk.type("restore 1", OLGA)
    assert isinstance(again, JoinedTo)
    assert again.request.id == request.id


def test_approving_some_of_it(desk: Desk) -> None:
    """Steps can be left out of a restoral as of a removal."""
    request = asked_back(desk)
    form = desk.form(Button.SOME, request, OLGA)
    assert desk.submit(form, OLGA, "", "1") is None
    narrowed = desk.request(request.id)
    assert [step.word for step in plan_of(narrowed).steps] == ["centos:latest"]
    assert desk.press(Button.APPROVE, narrowed, OLGA) is None
    desk.remove()
    assert "centos:latest" in desk.daemon.names()
    assert "redis:alpine" not in desk.daemon.names()


def test_some_of_it_under_a_rule_with_an_undo(desk: Desk) -> None:
    """That is about what goes; nothing goes here."""
    request = asked_back(desk)
    desk.reject(request, OLGA)
    desk.policy = replace(RULES, rules=(Rule(name="kept", approvers=("S0OPSLEADS",), undo=timedelta(hours=24)),))
    asked = desk.type("restore 1")
    assert isinstance(asked, AskedFor)
    assert desk.submit(desk.form(Button.SOME, asked.request, OLGA), OLGA, "", "1") is None
    assert [step.word for step in plan_of(desk.request(asked.request.id)).steps] == ["centos:latest"]


def test_show_says_what_was_put_back(desk: Desk) -> None:
    """By which request; and a button asks for it to be put back, which is told when nothing is left to do."""
    request = approved_back(desk)
    desk.remove()
    shown = desk.type("show 1")
    assert isinstance(shown, Detailed)
    assert f"put back by request {request.id}" in str(reply(shown))
    assert [b["value"] for b in _buttons(shown) if b["action_id"] == Button.RESTORE.value] == ["1"]
    answer = desk.press(Button.RESTORE, desk.request(), DANA, value="1")
    assert isinstance(answer, Planned)
    assert "is there already" in str(reply(answer))
    of_it = desk.type(f"show {request.id}")
    assert isinstance(of_it, Detailed)
    assert "Pulled: redis@sha256:" in str(reply(of_it))
    assert "↩️ puts back what request 1 removed" in str(reply(of_it))
    assert "puts back" not in str(reply(shown))
    assert Button.RESTORE.value not in {b["action_id"] for b in _buttons(of_it)}


def on_the_command_line(desk: Desk, number: int) -> tuple[str, dict[str, object]]:
    """Return what ``imgbot show`` prints of a request, as text and as JSON."""
    file = io.StringIO()
    with desk.store.reading() as reading:
        shown = reading.request(RequestId(number))
        assert shown is not None
        found = (reading.timeline(shown.id), reading.records_of(shown.id), reading.restorals_of(shown.id))
    printing.request(Console(file=file, width=1000), shown, *found)
    return file.getvalue(), json.loads(json.dumps(for_programs.request_json(shown, *found)))


def test_the_command_line_says_what_was_put_back(desk: Desk) -> None:
    """By which request and how that stands, and of that request which one it puts back."""
    request = asked_back(desk)
    text, told = on_the_command_line(desk, 1)
    assert f"Request {request.id} to put it back is pending.\n" in text
    assert told["restored_by"] == [
        {"request": request.id, "state": "pending", "changed_at": request.changed_at.isoformat()}
    ]
    desk.press(Button.APPROVE, request, OLGA)
    desk.remove()
    text, _ = on_the_command_line(desk, 1)
    assert re.search(rf"(?m)^Put back by request {request.id} 20.*: Put redis:alpine and centos:latest back on", text)
    text, told = on_the_command_line(desk, request.id)
    assert "Puts back what request 1 removed.\n" in text
    assert (told["restores"], told["restored_by"]) == (1, [])


def test_the_button_asks(desk: Desk) -> None:
    """As the command does."""
    removed(desk)
    answer = desk.press(Button.RESTORE, desk.request(), DANA, value="1")
    assert isinstance(answer, AskedFor)
    assert plan_of(answer.request).of == 1


@pytest.mark.parametrize("value", ["", "x", "1 2", "-1", "9" * 30])
def test_a_button_that_carries_no_number_does_nothing(desk: Desk, value: str) -> None:
    """Whoever forges one is not understood."""
    removed(desk)
    answer = desk.press(Button.RESTORE, desk.request(), DANA, value=value or " ")
    assert isinstance(answer, Sentence)


def test_why_names_the_request_to_put_back(desk: Desk) -> None:
    """Of what has gone."""
    removed(desk)
    gone = desk.type("why redis:alpine")
    assert isinstance(gone, Gone)
    assert "`/img restore 1`" in str(reply(gone))


def test_what_there_is_nothing_to_put_back_of(desk: Desk) -> None:
    """No such request, one that removed nothing, and one that put images back itself."""
    assert "There is no request 99." in str(desk.type("restore 99"))
    desk.asked("rm centos")
    assert "Request 1 removed nothing." in str(desk.type("restore 1"))
    desk.press(Button.APPROVE, desk.request(), OLGA)
    desk.remove()
    asked = desk.type("restore 1")
    assert isinstance(asked, AskedFor)
    assert "put images back, so there is nothing of it" in str(desk.type(f"restore {asked.request.id}"))


def test_a_row_that_somebody_changed_is_not_pulled_by(desk: Desk, engine: sa.Engine) -> None:
    """Whoever can write rows could otherwise have any image pulled and called what they like."""
    removed(desk, "rm centos")
    progress = sa.func.replace(request_table.c.progress, "centos:latest", "prod/shop:1")
    with engine.begin() as connection:
        connection.execute(request_table.update().values(progress=progress))
    answer = desk.type("restore 1")
    assert isinstance(answer, Sentence)
    assert "somebody changed its row" in answer.text


def test_another_store_is_said(desk: Desk) -> None:
    """There the same image has another ID."""
    removed(desk, "rm centos")
    world = desk.daemon.world
    desk.daemon.world = replace(world, inventory=replace(world.inventory, store=ImageStore.CONTAINERD))
    assert "another store by now (containerd)" in str(desk.type("restore 1"))


def test_it_is_found_by_the_request_that_removed(desk: Desk) -> None:
    """Oldest first, whatever came of them."""
    first = asked_back(desk)
    desk.reject(first, OLGA)
    second = desk.type("restore 1")
    assert isinstance(second, AskedFor)
    with desk.store.reading() as reading:
        found = reading.restorals_of(RequestId(1))
    assert [(each.id, each.state) for each in found] == [(first.id, State.REJECTED), (2 + 1, State.PENDING)]


def test_a_digest_that_went_later_is_found(desk: Desk) -> None:
    """A tag went while the repository had another, so the digest went with that one, in another request."""
    first = removed(desk, "rm redis:7")
    for number, name in enumerate(("redis:7.2", "redis:latest"), start=2):
        desk.type(f"rm {name}")
        desk.press(Button.APPROVE, desk.request(number), OLGA)
        desk.remove()
    assert "redis:latest" not in desk.daemon.names()
    asked = desk.type(f"restore {first.id}")
    assert isinstance(asked, AskedFor), asked
    (step,) = plan_of(asked.request).steps
    assert isinstance(step.outcome, PutBack)
    assert [type(gain) for gain in step.outcome.gains] == [Pulled, Tagged]


@pytest.mark.parametrize("word", ["centos", "centos:latest", "docker.io/library/centos", "id", "short id", "digest"])
def test_only_one_of_the_images_is_put_back(desk: Desk, word: str) -> None:
    """By a name as anybody spells it, by its ID, or by what it is pulled by; the other can be asked for later."""
    first = removed(desk)
    whole = desk.type(f"restore --dry-run {first.id}")
    assert isinstance(whole, Planned)
    assert isinstance(whole.plan, RestorePlan)
    of_centos = next(step for step in whole.plan.steps if step.word == "centos:latest")
    image_id = of_centos.restoral.image_id
    spelled = {"id": image_id, "short id": image_id[7:19], "digest": of_centos.restoral.source}.get(word, word)
    asked = desk.type(f"restore {first.id} {spelled} -m 'only this'")
    assert isinstance(asked, AskedFor), asked
    assert plan_of(asked.request).steps == (of_centos,)
    assert asked.request.plan.command == f"restore {first.id} {spelled}"
    desk.press(Button.APPROVE, asked.request, OLGA)
    desk.remove()
    assert desk.request(asked.request.id).state is State.FINISHED
    assert "centos:latest" in desk.daemon.names()
    assert "redis:alpine" not in desk.daemon.names()
    assert isinstance(desk.type(f"restore {first.id} redis:alpine"), AskedFor)


def test_named_twice_and_in_any_order_it_is_all(desk: Desk) -> None:
    """In the order in which it went."""
    first = removed(desk)
    asked = desk.type(f"restore {first.id} centos redis:alpine centos:latest")
    assert isinstance(asked, AskedFor)
    assert [step.word for step in plan_of(asked.request).steps] == ["redis:alpine", "centos:latest"]


def test_an_image_that_was_not_removed_is_said_with_the_nearest(desk: Desk) -> None:
    """Neither nothing nor everything is put back by mistake."""
    first = removed(desk)
    answer = desk.type(f"restore {first.id} centso")
    assert isinstance(answer, Sentence)
    assert answer.text == f"Request {first.id} removed no centso. Did you mean centos:latest?"
    assert answer.hint == "It removed redis:alpine, centos:latest."
    answer = desk.type(f"restore {first.id} sha256:")
    assert isinstance(answer, Sentence)
    answer = desk.type(f"restore {first.id} $(ls -q centos)")
    assert isinstance(answer, Sentence)
    assert "what is to be put back is not" in answer.text
