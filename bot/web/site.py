"""What the bot answers about itself: whether it is alive, whether it is ready, and its metrics.

``/healthz`` fails where only a restart helps; ``/readyz`` also where the bot can do nothing at present, such as while
its database does not answer. A host that does not answer makes neither fail: the others go on.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.web.told import Faults, Told

T = TypeVar("T")

WITHIN = 5.0
"""Seconds within which a question is answered: who asks has given up by then."""
UNAVAILABLE = 503
METRICS = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats)."""


class _Site:
    """Asks on a thread, so that a database that does not answer holds up nobody else."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="told")

    async def healthz(self, _: Request) -> Response:
        return await self._faults(self._told.alive)

    async def readyz(self, _: Request) -> Response:
        return await self._faults(self._told.ready)

    async def metrics(self, _: Request) -> Response:
        found = await self._asked(self._told.metrics)
        if found is None:
            return _unavailable((_LATE,))
        return Response(found, media_type=METRICS)

    async def _faults(self, asked: Faults) -> Response:
        found = await self._asked(asked)
        if found is None:
            return _unavailable((_LATE,))
        return _unavailable(found) if found else PlainTextResponse("ok\n")

    async def _asked(self, question: Callable[[], T]) -> T | None:
        """Return the answer; None where there is none in time."""
        answer = asyncio.get_running_loop().run_in_executor(self._threads, question)
        try:
            return await asyncio.wait_for(answer, WITHIN)
        except TimeoutError:
            return None


_LATE = f"No answer within {WITHIN:g} s."


def _unavailable(faults: Sequence[str]) -> Response:
    return PlainTextResponse("".join(f"{fault}\n" for fault in faults), status_code=UNAVAILABLE)


def site(told: Told, *others: BaseRoute) -> Starlette:
    """Return the application; *others* are served beside."""
    made = _Site(told)
    return Starlette(
        routes=[
            Route("/healthz", made.healthz),
            Route("/readyz", made.readyz),
            Route("/metrics", made.metrics),
            *others,
        ]
    )
