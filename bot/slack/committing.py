"""Bolt's answer is made at once and given once the delivery is committed: nothing waits on the event loop meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.listeners import Keep
from bot.slack.payloads import Received

Begin = Callable[[Received], Future[None]]
"""Begins to commit a delivery; what it returns may be the same for several."""

LOOKS = "block_suggestion"
"""What is answered by a look at the database, which may last (docs.slack.dev, external select menus)."""


@dataclass(slots=True, kw_only=True)
class _Answering:
    """One delivery while Bolt answers it."""

    committed: Future[None] | None = None
    failure: Exception | None = None


_NOW: ContextVar[_Answering | None] = ContextVar("answering", default=None)


def keeping(begin: Begin) -> Keep:
    """Return what listeners call to have a delivery committed.

    Within ``Answers.to`` it goes on at once, since the answer is held back until then; elsewhere it waits.
    """

    def keep(received: Received) -> None:
        answering = _NOW.get()
        if answering is None:
            begin(received).result()
        elif answering.failure is not None:
            raise answering.failure
        else:
            answering.committed = begin(received)

    return keep


class Answers:
    """What Bolt answers to deliveries. One event loop uses it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._committed: Future[None] | None = None
        self._waiting: asyncio.Future[None] | None = None

    async def to(self, delivery: SocketModeRequest) -> BoltResponse:
        """Return the answer to a delivery, once that is committed.

        Where it cannot be, Bolt is asked a second time, and the listener is told so then.
        """
        answering = _Answering()
        _NOW.set(answering)  # for this task alone
        if delivery.payload.get("type") == LOOKS:
            return await asyncio.to_thread(self._bolt, delivery)
        answer = self._bolt(delivery)
        if answering.committed is None:
            return answer
        try:
            await self._until(answering.committed)
        except Exception as error:  # noqa: BLE001 -- the listener logs it, and answers
            answering.failure = error
            return self._bolt(delivery)
        return answer

    def _bolt(self, delivery: SocketModeRequest) -> BoltResponse:
        answer: BoltResponse = run_bolt_app(self._app, delivery)
        return answer

    async def _until(self, committed: Future[None]) -> None:
        """Wait for what several may wait for: the loop is woken once for all of them."""
        if self._waiting is None or committed is not self._committed:
            self._committed, self._waiting = committed, asyncio.wrap_future(committed)
        await asyncio.shield(self._waiting)
