"""``imgbot serve`` that kills itself when it passes one of some points for the n-th time, and notes all that it passes.

Each line of the input, in JSON, has one such process made by a fork of this one, which has imported everything: most
of a life of seconds would go into that. ``points`` and ``nth`` say where it dies, ``passed`` is the file that it notes
the points in, and ``pause`` says where it stands still once, until somebody lets it go on: such as
"before Conversation.tell", or "before Daemon.inventory in Remove._claimed" where it is to be called from there. Its
number is a line of the output, and how it ended the next.
"""

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType
from typing import Any, NoReturn, TextIO

import bot.service
import bot.serving  # noqa: F401 -- what serving needs, imported before it is asked for
from bot.__main__ import main
from bot.db.store import Store, Transaction
from bot.dockerd.daemon import Daemon
from bot.slack.conversation import Conversation
from bot.slack.directory import Directory
from tests.chaos.points import calls

KILLED = "killed at "
IN = " in "
"""Between a place to stand still at and the function that comes to it."""
IMPLEMENTED = {"Daemon": Daemon, "Conversation": Conversation, "Directory": Directory}


class Passing:
    """Notes each point the first time that it is passed, and ends the process at one of *points*."""

    def __init__(self, passed: str, points: Collection[str], nth: int, pause: str) -> None:
        self._file = os.open(passed, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._points = frozenset(points)
        self._nth = nth
        self._pause = pause
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()

    def comes_to(self, place: str) -> None:
        """Say that a *place* is come to, such as "after Daemon.remove"."""
        at, _, caller = self._pause.partition(IN)
        if place == at and (not caller or caller in _callers()):
            self._pause = ""
            os.kill(os.getpid(), signal.SIGSTOP)

    def passed(self, point: str) -> None:
        """Say that *point* was passed."""
        with self._lock:
            self._times[point] += 1
            if self._times[point] == 1:
                os.write(self._file, f"{point}\n".encode())
            if point in self._points and self._times[point] == self._nth:
                os.write(self._file, f"{KILLED}{point}\n".encode())
                os.kill(os.getpid(), signal.SIGKILL)


def _callers() -> Iterator[str]:
    """Yield the qualified names of the functions that are under way, the innermost first."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 -- of this thread
    while frame is not None:
        yield frame.f_code.co_qualname
        frame = frame.f_back


def install(passing: Passing) -> None:
    """Have *passing* told of every transaction and every call."""
    opened = Store.transaction

    @contextmanager
    def transaction(store: Store, *, urgent: bool = False) -> Iterator[Transaction]:
        caller = sys._getframe(2)  # noqa: SLF001 -- the frame that opened it, beyond the generator's context manager
        if caller.f_code is Store.patiently.__code__ and caller.f_back is not None:
            caller = caller.f_back
        with opened(store, urgent=urgent) as tx:
            yield tx
        passing.passed(f"{caller.f_globals['__name__']}:{caller.f_code.co_qualname}")

    Store.transaction = transaction  # type: ignore[method-assign, assignment]  # this process is there to be killed
    for point in calls():
        protocol, _, name = point.partition(".")
        setattr(IMPLEMENTED[protocol], name, _told(passing, point, getattr(IMPLEMENTED[protocol], name)))


def _told(passing: Passing, point: str, call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def called(*given: object, **named: object) -> object:
        passing.comes_to(f"before {point}")
        answer = call(*given, **named)
        passing.comes_to(f"after {point}")
        passing.passed(point)
        return answer

    return called


def lives(orders: TextIO, answers: TextIO) -> None:
    """Have processes live, one after the other."""
    for order in orders:
        pid = os.fork()
        if not pid:
            answers.close()
            _live(**json.loads(order))
        print(pid, file=answers, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def _live(*, passed: str, points: Collection[str], nth: int, pause: str) -> NoReturn:
    os.setsid()
    install(Passing(passed, points, nth, pause))
    sys.argv = ["imgbot", "serve"]
    main()
    os._exit(0)


if __name__ == "__main__":
    answering = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what the bot prints is its log
    lives(sys.stdin, answering)
