"""A real Prometheus scrapes a real bot; what alerts and dashboard ask for is there."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.playground.driving import Driver, eventually
from tests.web.asking import DEADLINE, bot, free_port
from tests.web.test_alerts import OPERATIONS

ON_POSTGRESQL = frozenset({"imgbot_duty_held"})
"""A bot that is alone on SQLite has no duties to share."""
LISTENING = 15.0
"""When the first time of listening to a daemon is over, and it is told until when (s)."""
NAME = re.compile(r"\b((?:imgbot|process)_[a-z_]+|up)\{")


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Prometheus on a bot, with the shipped configuration but for ports and intervals; give its address."""
    if shutil.which("prometheus") is None:
        pytest.skip("needs prometheus (apt-get install prometheus)")
    folder = tmp_path_factory.mktemp("prometheus")
    with bot(folder) as at_work:
        Driver(at_work.place.url).do("command", user="U0DEV", channel="C0DEV", text="/img ls")
        config = (OPERATIONS / "prometheus.yml").read_text(encoding="utf-8").replace("15s", "1s")
        target = at_work.url.removeprefix("http://")
        (folder / "prometheus.yml").write_text(config.replace("127.0.0.1:8080", target))
        shutil.copy(OPERATIONS / "alerts.yml", folder)
        with _started(folder) as url:
            yield url


class _started:  # noqa: N801 -- read as a word: with _started(...)
    """Prometheus in a folder, ended with the block."""

    def __init__(self, folder: Path) -> None:
        self._address = f"127.0.0.1:{free_port()}"
        command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
        with (folder / "prometheus.log").open("w") as log:
            self._process = subprocess.Popen(
                [*command, f"--web.listen-address={self._address}"], stdout=log, stderr=subprocess.STDOUT
            )

    def __enter__(self) -> str:
        url = f"http://{self._address}"
        eventually(lambda: _ready(url), bool)
        return url

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(DEADLINE)


def _ready(url: str) -> bool:
    """Tell whether it listens and has read its rules: before that it answers in plain text."""
    try:
        return requests.get(f"{url}/-/ready", timeout=DEADLINE).ok
    except requests.ConnectionError:
        return False


def _asked(url: str, path: str, **params: str) -> Any:  # noqa: ANN401 -- JSON
    answer = requests.get(f"{url}/api/v1/{path}", params=params, timeout=DEADLINE).json()
    assert answer["status"] == "success", answer
    return answer["data"]


def _dashboard() -> list[str]:
    made = json.loads((OPERATIONS / "dashboard.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in made["panels"] for target in panel["targets"]]


def test_the_bot_is_scraped(prometheus: str) -> None:
    """As Prometheus sees it: without an error."""
    targets = eventually(
        lambda: _asked(prometheus, "targets")["activeTargets"],
        lambda seen: bool(seen) and seen[0]["health"] != "unknown",
    )
    assert [(target["health"], target["lastError"]) for target in targets] == [("up", "")]


def test_every_alert_is_evaluated_and_none_fires(prometheus: str) -> None:
    """On a bot that is well."""

    def rules() -> list[dict[str, Any]]:
        return [rule for group in _asked(prometheus, "rules")["groups"] for rule in group["rules"]]

    found = eventually(rules, lambda seen: bool(seen) and all(rule["health"] != "unknown" for rule in seen))
    assert {rule["name"]: rule["health"] for rule in found} == {rule["name"]: "ok" for rule in found}
    assert [rule["name"] for rule in found if rule["state"] == "firing"] == []


def test_everything_that_is_asked_for_is_there(prometheus: str) -> None:
    """Each query of alerts and dashboard is one, and each metric in them is told by the bot."""
    rules = [rule for group in _asked(prometheus, "rules")["groups"] for rule in group["rules"]]
    queries = [*(rule["query"] for rule in rules), *_dashboard()]
    for query in queries:
        _asked(prometheus, "query", query=query)
    asked = {name for query in queries for name in NAME.findall(query)}
    assert len(asked) > 20

    def missing() -> set[str]:
        return asked - ON_POSTGRESQL - set(_asked(prometheus, "label/__name__/values"))

    eventually(missing, lambda left: not left, within=LISTENING + DEADLINE)
