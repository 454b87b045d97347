"""One replica: a process that is started again and again."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.chaos.scene import Scene

END_WITHIN = 25.0


class Process:
    """One replica. Its processes are forks of one that has imported everything (``dying.py``)."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.name = name
        self._log = scene.folder / f"{name}.log"
        self._passed = scene.folder / f"passed-{name}"
        with self._log.open("ab") as log:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.dying"],
                env=scene.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._orders, self._answers = self._parent.stdin, self._parent.stdout
        self._pid = 0
        self._code: int | None = 0
        self._known = 0

    def start(self, points: Sequence[str] = (), nth: int = 1, *, pause: str = "") -> None:
        """Start it; it kills itself at one of *points* when it passes it for the n-th time, and waits at *pause*."""
        self._known = self._noted()
        order = {"passed": str(self._passed), "points": points, "nth": nth, "pause": pause}
        self._orders.write(json.dumps(order).encode() + b"\n")
        self._orders.flush()
        self._code = None
        self._pid = self._told()

    def ends_within(self, seconds: float) -> bool:
        """Wait for it to end by itself, at most so long. Returns whether it did."""
        if self._code is None and select.select([self._answers], [], [], max(seconds, 0.0))[0]:
            self._code = self._told()
        return self._code is not None

    def _told(self) -> int:
        """Return the number in the next line: of a process that began, or the exit code of one that ended."""
        line = b""
        while not line.endswith(b"\n"):  # byte by byte: what was read ahead could not be waited for
            byte = os.read(self._answers.fileno(), 1)
            assert byte, f"{self.name} has nobody to start it any more:\n{self.log()}"
            line += byte
        return int(line)

    def is_at_work_within(self, seconds: float) -> bool:
        """Wait until it has passed a point, at most so long. Returns whether it has; it may have died there."""
        until = time.monotonic() + seconds
        while self._noted() == self._known and time.monotonic() < until:
            if self.ends_within(0.1):
                return False
        return self._noted() > self._known

    def _noted(self) -> int:
        """Return how much it has noted of the points that it passed."""
        return self._passed.stat().st_size if self._passed.exists() else 0

    def kill(self) -> int:
        """Kill it, in the middle of whatever it does. Returns its exit code; 0 where it was never started."""
        self._send(signal.SIGKILL)
        while not self.ends_within(1.0):
            pass
        return self._code or 0

    def close(self) -> None:
        """Kill it for good."""
        self.kill()
        self._orders.close()
        self._answers.close()
        self._parent.wait(END_WITHIN)

    @property
    def stands_still(self) -> bool:
        """Whether it was stopped, and did not go on (proc_pid_stat(5))."""
        try:
            told = Path(f"/proc/{self._pid}/stat").read_text(encoding="ascii")
        except OSError:
            return False  # it ended
        return told.rpartition(")")[2].split()[0] == "T"

    def stand_still(self) -> None:
        """Have it stand still."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        """Have it go on."""
        self._send(signal.SIGCONT)

    def stop(self) -> int:
        """Stop it as an operator does. Returns its exit code, or that it had to be killed."""
        self._send(signal.SIGTERM)
        return self._code or 0 if self.ends_within(END_WITHIN) else self.kill()

    def _send(self, number: signal.Signals) -> None:
        if not self.ends_within(0.0):
            with suppress(ProcessLookupError):  # it ended at this moment
                os.kill(self._pid, number)

    @property
    def was_killed(self) -> bool:
        """Whether it ended by being killed, and not by a fault of its own."""
        return self._code == -signal.SIGKILL

    def log(self) -> str:
        """Return the end of its log."""
        return self._log.read_text(errors="replace")[-3000:]
