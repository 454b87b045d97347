"""A few threads that do pieces of work side by side, for one who waits for what comes of them."""

import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Workers(Generic[Task, Answer]):
    """So many threads that do *work*. They end with ``end``, or with the process: nobody waits for one that hangs."""

    def __init__(self, work: Callable[[Task], Answer], *, count: int, name: str) -> None:
        self._work = work
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[Task, Answer | BaseException]] = SimpleQueue()
        self._threads = [
            threading.Thread(target=copy_context().run, args=(self._run,), name=f"{name}-{number}", daemon=True)
            for number in range(count)  # what logs are about here they are about there
        ]
        for thread in self._threads:
            thread.start()

    def begin(self, task: Task) -> None:
        """Give the next thread that is free something to do."""
        self._tasks.put(task)

    def answers(self, enough: int, within: float) -> list[tuple[Task, Answer | BaseException]]:
        """Wait until something is done, and return what came of it, and of all else that is done by then.

        Until there is *enough* of it some more is waited for, *within* so many seconds. What the work raised stands in
        the answer's place. Call it only while something is to be done: it waits for it.
        """
        found = [self._answers.get()]
        until = time.monotonic() + within
        while True:
            left = until - time.monotonic() if len(found) < enough else 0
            try:
                found.append(self._answers.get(timeout=left) if left > 0 else self._answers.get_nowait())
            except Empty:
                return found

    def end(self) -> None:
        """Let the threads end once they have done what they were given."""
        for _ in self._threads:
            self._tasks.put(None)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                answer: Answer | BaseException = self._work(task)
            except BaseException as error:  # noqa: BLE001 -- handed over, and raised where it is waited for
                answer = error
            self._answers.put((task, answer))
