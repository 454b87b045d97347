"""One call of Slack, as well as it goes."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import Response

from bot.playground.trouble import Fault, Trouble
from bot.playground.wire import busy, failed


async def troubled(trouble: Trouble, answered: Callable[[], Awaitable[Response]]) -> Response:
    """Answer a call, or do not; or do, and say that it failed."""
    if pause := trouble.pause():
        await asyncio.sleep(pause)
    match trouble.of_call():
        case Fault.BUSY:
            return busy(trouble.chances.retry_after)
        case Fault.FAILING:
            return failed()
        case Fault.LOST:
            await answered()
            return failed()
        case None:
            return await answered()
