"""``imgbot plan`` for several hosts: each by itself, and one that is away is said and holds up nobody."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import imgbot
from bot.playground.demo import simulated_daemon


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give settings with two simulated hosts, and one that is not there."""
    folder = tmp_path_factory.mktemp("hosts")
    with simulated_daemon(folder / "1.sock") as one, simulated_daemon(folder / "2.sock") as two:
        urls = {"web-1": one, "web-2": two, "web-3": f"unix://{folder}/nobody.sock"}
        tables = [f'[hosts.{name}]\nurl = "{url}"\ngroups = ["prod"]\n' for name, url in urls.items()]
        file = folder / "imgbot.toml"
        file.write_text("".join(tables))
        yield file


def run(config: Path, *arguments: str) -> Result:
    """Run the command line."""
    return CliRunner().invoke(imgbot, ["--config", str(config), "plan", *arguments])


@pytest.mark.parametrize("word", ["@prod", "all"])
def test_every_host_has_its_lines(config: Path, word: str) -> None:
    """Docker's own lines below each host's name; the exit code says that one was not planned."""
    done = run(config, "-H", word, "redis:alpine")
    assert done.exit_code == 1
    assert [line for line in done.stdout.splitlines() if line.endswith(":") and line.startswith("web-")] == [
        "web-1:",
        "web-2:",
        "web-3:",
    ]
    assert done.stdout.count("Untagged: redis:alpine") == 2
    assert "imgbot: web-3 cannot be reached at unix://" in done.stderr


def test_programs_get_an_object(config: Path) -> None:
    """By the name of each host, with why where there is no plan."""
    told = json.loads(run(config, "-H", "@prod", "--json", "redis:alpine").stdout)
    assert list(told) == ["web-1", "web-2", "web-3"]
    assert told["web-1"]["host"] == "web-1"
    assert "cannot be reached" in told["web-3"]["error"]


def test_a_group_that_is_none_is_said(config: Path) -> None:
    """With the groups that there are."""
    done = run(config, "-H", "@prdo", "redis:alpine")
    assert done.exit_code == 1
    assert 'No host is in the group "@prdo". Did you mean @prod? Groups are @prod.' in done.stderr
