"""Receiving and publishing: each delivery is done once, and Slack is caught up whatever it does."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.approval.digest import code, digest
from bot.approval.request import State
from bot.audit.query import HistoryRecord
from bot.db.reading import number_of
from bot.db.store import RecordedEvent
from bot.flows.answers import AskedFor, Detailed, Explained, Gone, Held, Listed, Planned, Sentence, Told, Verification
from bot.flows.pages import Page, page_of, page_text
from bot.flows.ports import Button, Shown, Undelivered
from bot.images.glob import Glob, compiled
from bot.images.protection import Protection
from bot.images.removal import Refusal, Refused
from tests.approval.examples import DANA, OLGA
from tests.flows.conftest import RULES, Desk


def test_a_command_delivered_four_times_asks_once(desk: Desk) -> None:
    """The key of the delivery makes it one."""
    for _ in range(4):
        desk.type("rm redis:alpine", key="command:same")
    with desk.store.reading() as reading:
        assert len(reading.requests(*State)) == 1
    assert len(desk.conversation.answers) == 1


def test_the_same_words_typed_after_the_end_ask_again(desk: Desk) -> None:
    """Two commands are two, whatever they say: the first was taken back."""
    desk.type("rm redis:alpine")
    desk.type("cancel 1")
    desk.type("rm redis:alpine")
    assert desk.request(2).state is State.PENDING


def test_a_delivery_that_ends_its_process_is_not_tried_for_ever(desk: Desk) -> None:
    """After three attempts it is answered with an apology."""

    class BrokenError(Exception):
        pass

    def fail(**_: object) -> object:
        raise BrokenError

    desk.daemon.inventory = fail  # type: ignore[method-assign, assignment]
    for _ in range(3):
        with pytest.raises(BrokenError):
            desk.type("rm redis:alpine", key="command:bad")
        desk.clock.goes_on(timedelta(seconds=2))
    answer = desk.type("rm redis:alpine", key="command:bad")
    assert isinstance(answer, Sentence)
    assert "could not do this" in answer.text


def test_deliveries_are_forgotten_after_a_while(desk: Desk) -> None:
    """They hold addresses at which anybody could answer; a repetition within minutes is still known."""
    desk.type("help", key="command:old")
    desk.clock.goes_on(timedelta(days=1))
    desk.flows().receive.forget()
    assert desk.type("help", key="command:old") is None
    desk.clock.goes_on(timedelta(days=2))
    desk.flows().receive.forget()
    assert desk.type("help", key="command:old") is not None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ls", Listed),
        ("ls redis", Listed),
        ("ls redsi", Sentence),
        ("ls -f dangling=maybe", Sentence),
        ("history", Told),
        ("show 1", Detailed),
        ("show 99", Sentence),
        ("help", Explained),
        ("", Explained),
        ("rm", Sentence),
        ("rm -H nowhere redis:7", Sentence),
        ("rm $(ls -q nothing-like-this)", Sentence),
        ("ls -f before=redis:7", Listed),
        ("ls -f since=nosuch:1", Sentence),
        ("rm --dry-run $(ls -q -f before=redis:7)", Planned),
        ("rm --dry-run $(ls -q -f before=nosuch:1)", Sentence),
        ("why redis", Held),
        ("why redsi", Gone),
        ("why -H nowhere redis", Sentence),
        ("verify", Verification),
    ],
)
def test_every_command_is_answered(desk: Desk, text: str, kind: type) -> None:
    """Whatever is typed, something comes back."""
    desk.asked()
    assert isinstance(desk.type(text), kind)


def test_a_list_shows_every_tag_of_a_repository(desk: Desk) -> None:
    """``ls redis`` is every tag of redis, and of nothing else."""
    answer = desk.type("ls redis")
    assert isinstance(answer, Listed)
    names = {reference.familiar for row in answer.rows for reference in row.references if reference.tag}
    assert names == {name for name in desk.daemon.names() if name.startswith("redis:")}


def test_what_has_gone_is_told_from_the_record(desk: Desk) -> None:
    """Why a name is not there: who asked for its removal and when, by its name."""
    request = desk.asked("rm centos")
    desk.press(Button.APPROVE, request, OLGA)
    desk.remove()
    answer = desk.type("why centos")
    assert isinstance(answer, Gone)
    assert (answer.message, answer.word) == ("No such image: centos:latest", "centos")
    assert {record.request for record in answer.records} == {1}


def test_a_name_that_is_protected_is_told_of(desk: Desk) -> None:
    """Nothing is asked for, and the rule is named; what else was asked for goes."""
    glob = compiled("redis")
    assert isinstance(glob, Glob)
    desk.policy = replace(RULES, protections=(Protection(name="ours", patterns=(glob,)),))
    answer = desk.type("rm redis:alpine")
    assert isinstance(answer, Planned)
    assert answer.plan.steps[0].outcome == Refused(
        refusal=Refusal.PROTECTED, message='redis:alpine is protected by rule "ours"'
    )
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine centos"), OLGA)
    desk.remove()
    assert [removal.word for removal in desk.daemon.sent] == ["centos"]
    assert desk.request().steps[0].note == 'redis:alpine is protected by rule "ours".'


def test_a_list_of_nothing_suggests_what_is_there(desk: Desk) -> None:
    """A slip of the finger in ``ls`` is answered with the closest name."""
    answer = desk.type("ls redsi")
    assert isinstance(answer, Sentence)
    assert answer.text == "Nothing on web-3 matches redsi."
    assert answer.hint.startswith("Did you mean redis:7, ")


def test_the_record_has_pages(desk: Desk) -> None:
    """*Older* leads on from the last record of the page, and ends."""
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine node:slim centos docker"), OLGA)
    desk.remove()
    first = desk.type("history")
    assert isinstance(first, Told)
    assert len(first.records) == 20
    assert first.older is not None
    second = desk.press(Button.OLDER, desk.request(), OLGA, value=page_text(Page(words=(), before=first.older)))
    assert isinstance(second, Told)
    assert second.older is None
    assert number_of(second.records[0]) == number_of(first.records[-1]) - 1
    assert second.newer == number_of(second.records[0])
    back = desk.press(Button.NEWER, desk.request(), OLGA, value=page_text(Page(words=(), after=second.newer)))
    assert back == first


def test_newer_pages_stop_where_the_last_one_began(desk: Desk) -> None:
    """From far back *Newer* leads on page by page, and nothing is left out between two of them."""
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine node:slim centos docker"), OLGA)
    desk.remove()
    page = desk.press(Button.NEWER, desk.request(), OLGA, value=page_text(Page(words=(), after=1)))
    assert isinstance(page, Told)
    assert list(map(number_of, page.records)) == list(range(21, 1, -1))
    assert (page.newer, page.older) == (21, 2)


def test_the_first_page_sums_up(desk: Desk) -> None:
    """What the words find, in numbers, before the records themselves."""
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine"), OLGA)
    desk.remove()
    told = desk.type("history image:redis since:1d")
    assert isinstance(told, Told)
    assert told.summary is not None
    assert (told.summary.images, told.summary.names, told.summary.people, told.summary.outside) == (1, 2, 1, 0)
    assert told.summary.bytes == sum(record.bytes or 0 for record in told.records if isinstance(record, HistoryRecord))


def test_requests_and_refusals_are_asked_for(desk: Desk) -> None:
    """By a status that removes nothing come requests, by ``refused`` refusals, without a summary."""
    desk.press(Button.WITHDRAW, desk.asked("rm redis:alpine"), DANA)
    desk.press(Button.APPROVE, desk.request(), OLGA)
    withdrawn, refused = desk.type("history status:withdrawn"), desk.type("history status:refused who:U0LEAD")
    assert isinstance(withdrawn, Told)
    assert isinstance(refused, Told)
    assert withdrawn.records == (desk.request(),)
    assert [each.kind for each in refused.records if isinstance(each, RecordedEvent)] == ["refusal"]
    assert withdrawn.summary is refused.summary is None


def test_reading_the_record_is_on_record(desk: Desk) -> None:
    """Who asked what, each page of it too; what is not of the record is not."""
    for text in (
        "history image:redis -host:web-9",
        "show 7",
        "why redsi",
        "why redis:alpine",
        "ls",
        "help",
        "history hots:x",
    ):
        desk.type(text)
    desk.press(Button.OLDER, desk.asked(), OLGA, value=page_text(Page(words=("redis",), before=3)))
    desk.press(Button.NEWER, desk.request(), OLGA, value=page_text(Page(words=("redis",), after=3)))
    with desk.store.reading() as reading:
        events = [json.loads(event.fields.body) for event in reading.chain() if event.fields.kind == "record-read"]
    assert [(event["by"]["user"], event["query"]) for event in events] == [
        ("U0DEV", "history -- image:redis -host:web-9"),
        ("U0DEV", "show 7"),
        ("U0DEV", "why redsi"),
        ("U0LEAD", "history redis --before 3"),
        ("U0LEAD", "history redis --after 3"),
    ]


def test_a_wrong_qualifier_is_answered_with_the_closest(desk: Desk) -> None:
    """Nothing is searched for; the slip is named."""
    answer = desk.type("history hots:web-3")
    assert isinstance(answer, Sentence)
    assert answer.text == "There is no qualifier `hots:`. Did you mean `host:`?"


@pytest.mark.parametrize("text", ["", "[]", "x", "[0]", '["a"]', "[1, 2]", '{"a": 1}', "[true]"])
def test_a_page_that_is_none_of_ours(text: str) -> None:
    """What a button carried is not trusted."""
    assert page_of(text) is None


def test_a_dry_run_can_be_asked_for(desk: Desk) -> None:
    """Its button carries the code of the plan that was shown, and the command."""
    shown = desk.type("rm --dry-run -m why redis:alpine")
    assert isinstance(shown, Planned)
    with desk.store.reading() as reading:
        assert reading.requests(*State) == ()
    answer = desk.press(Button.ASK, desk.asked("rm centos"), OLGA, value=f"{code(digest(shown.plan))} {shown.ask}")
    assert isinstance(answer, AskedFor)
    assert (desk.request(2).reason, desk.request(2).requester) == ("why", OLGA)


def test_what_slack_refuses_is_tried_again(desk: Desk) -> None:
    """With growing pauses, and not before the pause that Slack asked for."""
    desk.conversation.refuses = Undelivered(why="ratelimited", again_in=timedelta(seconds=30))
    request = desk.asked()
    desk.conversation.refuses = None
    desk.publish()
    assert desk.conversation.shown == []
    desk.clock.goes_on(timedelta(seconds=31))
    desk.publish()
    assert [shown.id for shown, _ in desk.conversation.shown] == [request.id]


def test_the_message_is_edited_and_never_posted_anew(desk: Desk) -> None:
    """One message from asked to finished; what was missed in between is left out."""
    desk.press(Button.APPROVE, desk.asked(), OLGA)
    desk.remove()
    places = {at for _, at in desk.conversation.shown}
    assert places == {None, Shown(channel="C0APPROVALS", ts="1.0")}
    assert desk.conversation.shown[-1][0].state is State.FINISHED


def test_the_requester_is_told_what_matters(desk: Desk) -> None:
    """A direct message when it is approved and when it ends; none for what she did herself."""
    desk.press(Button.APPROVE, desk.asked(), OLGA)
    desk.remove()
    assert [request.state for request in desk.conversation.told] == [State.APPROVED, State.FINISHED]


def test_an_expired_request_is_told_of(desk: Desk) -> None:
    """Nobody decided: message and requester hear of it."""
    desk.asked()
    desk.clock.goes_on(timedelta(hours=4))
    desk.flows().expire.due()
    desk.publish()
    assert desk.request().state is State.EXPIRED
    assert desk.conversation.told[-1].state is State.EXPIRED
