"""What is acknowledged is committed by then; and where it could not be, the answer says so."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.committing import Answers, keeping
from bot.slack.listeners import NO_RECORD, listen
from bot.slack.payloads import Received
from bot.slack.socket_mode import payload_of

COMMAND = {"team_id": "T0", "channel_id": "C0", "user_id": "U0", "command": "/img", "text": "help", "trigger_id": "1.2"}
US = AuthorizeResult(enterprise_id=None, team_id="T0", bot_user_id="U0BOT", bot_id="B0")


def answering(begin: Callable[[Received], Future[None]]) -> Answers:
    """Return what answers deliveries that are committed as *begin* says."""
    app = App(authorize=lambda: US, process_before_response=True, request_verification_enabled=False)
    listen(app, keeping(begin), lambda _: [])
    return Answers(app)


def delivery(number: int = 0) -> SocketModeRequest:
    """Return a slash command as Slack delivers it."""
    return SocketModeRequest(type="slash_commands", envelope_id=str(number), payload=COMMAND)


def test_the_answer_waits_for_the_commit() -> None:
    """It is not there before; many that are committed together are answered together, each once."""
    committed, begun = Future[None](), list[str]()

    def begin(received: Received) -> Future[None]:
        begun.append(received.key)
        return committed

    async def several() -> list[BoltResponse]:
        answers = answering(begin)
        tasks = [asyncio.create_task(answers.to(delivery(number))) for number in range(5)]
        await asyncio.sleep(0.05)
        assert len(begun) == 5
        assert not any(task.done() for task in tasks)
        asyncio.get_running_loop().run_in_executor(None, committed.set_result, None)
        return await asyncio.gather(*tasks)

    assert [(answer.status, payload_of(answer)) for answer in asyncio.run(several())] == [(200, None)] * 5
    assert len(begun) == 5


def test_what_cannot_be_committed_is_said() -> None:
    """The person reads that nothing was done; what is delivered next is committed."""
    futures = [Future[None](), Future[None]()]
    futures[0].set_exception(OSError("disk full"))
    futures[1].set_result(None)
    left = iter(futures)

    async def both() -> list[BoltResponse]:
        answers = answering(lambda _: next(left))
        return [await answers.to(delivery(1)), await answers.to(delivery(2))]

    assert [payload_of(answer) for answer in asyncio.run(both())] == [{"text": NO_RECORD}, None]


def test_elsewhere_a_listener_waits_itself() -> None:
    """Where nobody holds its answer back, such as over HTTP, it goes on once the delivery is committed."""
    failed = Future[None]()
    failed.set_exception(OSError("disk full"))
    received = Received(key="key", kind="command", body="{}")
    with pytest.raises(OSError, match="disk full"):
        keeping(lambda _: failed)(received)
    done = Future[None]()
    done.set_result(None)
    keeping(lambda _: done)(received)
