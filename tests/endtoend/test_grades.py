"""How what goes can be had back, at a terminal: on stderr, in JSON, and where the rules go by it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import app
from bot.images.grading import Has, Silent
from bot.playground.demo import simulated_daemon
from bot.settings import Environment, Settings, parsed
from tests.endtoend.test_command_line import IMGBOT, run

RULES = """
[hosts.web-3]
url = "{url}"
registry = "{registry}"
[[rules]]
name = "cannot be had back"
grade = ["only-copy", "unknown"]
approvals = 2
approvers = ["S0LEADS"]
[[rules]]
name = "can be pulled again"
grade = "re-pullable"
approvers = ["S0LEADS"]
"""
REDIS = "redis@sha256:f1ed3708f538b537eb9c2a7dd50dc90a706f7debd7e1196c9264edeea521a86d"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Run a simulated daemon, and have a file of settings for it."""
    with simulated_daemon(tmp_path / "docker.sock") as address:
        (tmp_path / "imgbot.toml").write_text(RULES.format(url=address, registry="ask"))
        yield address


def test_a_plan_says_it_beside_dockers_lines(tmp_path: Path, url: str) -> None:
    """On stderr, for stdout is Docker's alone."""
    del url
    planned = run([*IMGBOT, "plan", "-f", "redis:alpine", "acme/api:pr-881"], tmp_path)
    assert "imgbot" not in planned.stdout
    green, red = planned.stderr.splitlines()
    assert green.startswith("imgbot: redis:alpine: 🟢 re-pullable (registry answered 20")
    assert red == "imgbot: acme/api:pr-881: 🔴 only copy — there is no digest of it that a registry could be asked for"


def test_a_plan_as_json(tmp_path: Path, url: str) -> None:
    """With Docker's lines, its exit code, and the grade of each image that goes; none where only a name does."""
    del url
    planned = run([*IMGBOT, "plan", "--json", "redis:alpine", "redis:7", "redsi"], tmp_path)
    assert (planned.returncode, planned.stderr) == (1, "")
    plan = json.loads(planned.stdout)
    alpine, name, nothing = plan["steps"]
    assert plan["host"] == "web-3"
    assert alpine["planned"][0] == "Untagged: redis:alpine"
    assert (alpine["grade"]["grade"], alpine["grade"]["reference"]) == ("re-pullable", REDIS)
    assert (name["planned"], name["grade"]) == (["Untagged: redis:7"], None)
    assert (nothing["planned"], nothing["grade"]) == (["refused: No such image: redsi:latest"], None)


def test_the_rule_that_decides_is_explained_by_it(tmp_path: Path, url: str) -> None:
    """For each name by itself, and the grades are said."""
    del url
    words = ("rm", "-f", "redis:alpine", "acme/api:pr-881", "redis:7.2")
    told = run([*IMGBOT, "config", "explain", "--", *words], tmp_path).stdout
    assert 'redis:alpine: rule "can be pulled again"' in told
    assert 'acme/api:pr-881: rule "cannot be had back"' in told
    assert 'redis:7.2: rule "can be pulled again"' in told
    assert "it is about images that are only-copy or unknown, and this one stays" in told
    assert "acme/api:pr-881: 🔴 only copy" in told


@pytest.mark.parametrize(("registry", "asks"), [("ask", True), ("never", False)])
def test_the_settings_say_whether_registries_are_asked(url: str, registry: str, *, asks: bool) -> None:
    """For each host."""
    text = RULES.format(url=url, registry=registry)
    settings = Settings(environment=Environment(), file=parsed(text, "here"), path=None)
    (daemon,) = app.daemons(settings).values()
    told = daemon.distribution(REDIS)
    daemon.close()
    assert told == (Has() if asks else Silent(why="the registries of web-3 are not asked, as [hosts.web-3] says"))


def test_a_host_whose_registries_are_not_asked(tmp_path: Path, url: str) -> None:
    """What has a digest is unknown there."""
    (tmp_path / "imgbot.toml").write_text(RULES.format(url=url, registry="never"))
    planned = run([*IMGBOT, "plan", "redis:alpine"], tmp_path)
    why = "the registries of web-3 are not asked, as [hosts.web-3] says"
    assert planned.stderr == f"imgbot: redis:alpine: 🟡 unknown — {why}\n"
