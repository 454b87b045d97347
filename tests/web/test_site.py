"""What is answered where something is wrong."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from bot.settings import Environment, File, HttpTable, Settings
from bot.ways import server
from bot.web import site
from bot.web.told import Faults, Told

DEADLINE = 10.0


@contextmanager
def _served(alive: Faults = tuple, ready: Faults = tuple) -> Iterator[str]:
    made = Settings(environment=Environment(), file=File(http=HttpTable(listen="127.0.0.1:0")), path=None)
    running = server(made, Told(alive=alive, ready=ready, metrics=lambda: b"up 1\n"))
    assert running is not None
    running.start()
    try:
        yield running.url
    finally:
        running.stop()


def test_what_is_wrong_is_said_a_line_each() -> None:
    """With the status that a load balancer goes by."""
    with _served(ready=lambda: ("Slack: away.", "Database: away.")) as url:
        answer = requests.get(f"{url}/readyz", timeout=DEADLINE)
        assert (answer.status_code, answer.text) == (503, "Slack: away.\nDatabase: away.\n")
        assert requests.get(f"{url}/healthz", timeout=DEADLINE).status_code == 200
        metrics = requests.get(f"{url}/metrics", timeout=DEADLINE)
        assert metrics.text == "up 1\n"
        assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_a_question_that_hangs_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot is not ready then, and is still alive."""
    monkeypatch.setattr(site, "WITHIN", 0.1)
    go_on = threading.Event()

    def hangs() -> tuple[str, ...]:
        go_on.wait(DEADLINE)
        return ()

    with _served(ready=hangs) as url:
        answer = requests.get(f"{url}/readyz", timeout=DEADLINE)
        assert answer.status_code == 503
        assert requests.get(f"{url}/healthz", timeout=DEADLINE).status_code == 200
        go_on.set()
