"""How fast Slack is written to, that a busy one is left alone, and who cannot be written to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.approval.request import Request
from bot.flows.answers import Detailed
from bot.flows.pace import BURST, SECOND, Pace
from bot.flows.ports import Button, Purpose, Shown, Undelivered
from bot.flows.publish import Publish
from bot.slack.replies import reply
from tests.approval.examples import DANA, NOW, OLGA
from tests.flows.conftest import Desk
from tests.flows.fakes import FakeConversation

BUSY = Undelivered(why="ratelimited", again_in=timedelta(seconds=30), busy=True)
GONE = Undelivered(why="user_disabled", again_in=timedelta(minutes=10), never=True)


def publish(desk: Desk, pause: timedelta = SECOND) -> Publish:
    """Return what draws the messages at Slack's pace."""
    return replace(desk.flows().publish, rests=pause, channel=Pace(pause))


def pending(desk: Desk, count: int) -> None:
    """Let so many requests be asked that nobody was shown yet."""
    desk.conversation.refuses = BUSY
    for number in range(count):
        desk.type(f"rm redis:alpine centos -m {number}" if number % 2 else f"rm docker -m {number}")
        desk.type(f"cancel {number + 1}")
    desk.conversation.refuses = None
    desk.clock.goes_on(timedelta(minutes=1))


def test_a_message_a_second() -> None:
    """After a burst; and rests that were not used are not saved up beyond it."""
    pace = Pace()
    said = []
    for tenth in range(100):
        now = NOW + tenth * timedelta(milliseconds=100)
        if pace.is_free(now):
            pace.said(now)
            said.append(tenth / 10)
    assert len(said) == BURST + 9
    pace.busy(NOW + timedelta(minutes=2))
    pace.busy(NOW + timedelta(minutes=1))
    assert not pace.is_free(NOW + timedelta(seconds=119))
    assert pace.is_free(NOW + timedelta(minutes=2))


def test_the_channel_is_written_to_once_a_second(desk: Desk) -> None:
    """Ten requests are drawn one after the other; nobody's direct messages wait for them."""
    pending(desk, 10)
    drawing = publish(desk)
    counts = []
    for _ in range(10):
        drawing.behind()
        counts.append(len(desk.conversation.shown))
        desk.clock.goes_on(SECOND)
    assert counts == [3, 4, 5, 6, 7, 8, 9, 10, 10, 10]


def test_what_changes_ten_times_in_a_second_is_edited_twice(desk: Desk) -> None:
    """At the first change, and a second later: then it shows how it stands in the end."""
    request = desk.asked()
    drawing = publish(desk)
    desk.conversation.shown.clear()
    for _ in range(10):
        press_look(desk, request)
        drawing.behind()
        desk.clock.goes_on(SECOND / 10)
    drawing.behind()
    versions = [shown.version for shown, _ in desk.conversation.shown]
    assert versions == [request.version + 1, request.version + 10]
    assert desk.request().version == request.version + 10


def press_look(desk: Desk, request: Request) -> None:
    """Change the request without drawing it."""
    flows, kept = desk.flows, desk.publish
    desk.publish = lambda: None  # type: ignore[method-assign]
    desk.press(Button.LOOK, request, OLGA)
    desk.publish, desk.flows = kept, flows  # type: ignore[method-assign]


class Refusing(FakeConversation):
    """Slack that refuses what is said in the channel, or to one person, and counts how often it is asked."""

    def __init__(self, to_people: Undelivered | None, in_channel: Undelivered | None) -> None:
        super().__init__()
        self.to_people, self.in_channel, self.asked = to_people, in_channel, 0

    def tell(self, request: Request, *args: object, **more: object) -> Shown | Undelivered:
        """Refuse, or keep it."""
        return self._or(self.to_people, lambda: FakeConversation.tell(self, request, *args, **more))  # type: ignore[arg-type]

    def show(self, request: Request, *args: object, **more: object) -> Shown | Undelivered:
        """Refuse, or keep it."""
        return self._or(self.in_channel, lambda: FakeConversation.show(self, request, *args, **more))  # type: ignore[arg-type]

    def _or(self, refusal: Undelivered | None, say: Callable[[], Shown | Undelivered]) -> Shown | Undelivered:
        self.asked += refusal is not None
        return refusal or say()


def test_a_busy_slack_is_left_alone_by_all_messages(desk: Desk) -> None:
    """One is refused, and no other is tried before the pause that Slack asked for. That was no attempt."""
    pending(desk, 5)
    desk.conversation = busy = Refusing(None, BUSY)
    drawing = publish(desk, timedelta(0))
    for _ in range(29):
        drawing.behind()
        desk.clock.goes_on(SECOND)
    assert busy.asked == 1
    busy.in_channel = None
    desk.clock.goes_on(SECOND)
    drawing.behind()
    assert len(busy.shown) == 5
    assert not any(busy.tried)


def test_who_cannot_be_written_to_is_noted_and_let_be(desk: Desk) -> None:
    """Tried once for each thing that happens; the leads are told once for the request."""
    desk.conversation = gone = Refusing(GONE, None)
    desk.press(Button.APPROVE, desk.asked(), OLGA)
    for _ in range(5):
        desk.clock.goes_on(timedelta(minutes=20))
        desk.publish()
    assert gone.asked == 1
    desk.remove()
    assert gone.asked == 2
    with desk.store.reading() as reading:
        message = reading.message(desk.request().id, Purpose.REQUESTER)
        assert reading.messages_behind(desk.clock() + timedelta(days=1)) == ()
    assert message is not None
    assert message.failure == "user_disabled"
    shown = desk.type("show 1")
    assert isinstance(shown, Detailed)
    assert shown.unreachable == ((DANA, "user_disabled"),)
    assert "📭 <@U0DEV> cannot be written to: user_disabled" in str(reply(shown))
    while desk.flows().announce.next():
        pass
    told = [notice for notice in gone.announced if notice.kind == "unreachable"]
    assert [notice.parts[1] for notice in told] == [" cannot be written to about request 1. Slack says user_disabled."]
