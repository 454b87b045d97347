"""``imgbot config``, as an operator has it at a terminal."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bot.db import database
from bot.db.store import Store
from bot.playground.demo import simulated_daemon, workspace
from tests.endtoend.team import until
from tests.endtoend.test_command_line import IMGBOT, run

RULES = """
[slack]
approvals_channel = "C0A"
[hosts.web-3]
url = "{url}"
groups = ["prod"]
[[rules]]
name = "elsewhere"
hosts = ["*"]
force = true
[[rules]]
name = "redis"
images = ["redis"]
requesters = ["S0DEVS"]
approvals = 0
[[rules]]
name = "prod"
hosts = ["@prod"]
approvers = ["S0LEADS"]
[[protect]]
name = "ours"
references = ["nginx"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder with a file of settings for a simulated daemon."""
    with simulated_daemon(tmp_path / "docker.sock") as url:
        (tmp_path / "imgbot.toml").write_text(RULES.format(url=url))
        yield tmp_path


def config(folder: Path, *words: str) -> CompletedProcess[str]:
    """Run ``imgbot config``."""
    return run([*IMGBOT, "config", *words], folder)


def test_a_good_file_is_told(folder: Path) -> None:
    """Hosts, rules in their order, what is protected, who may approve."""
    done = config(folder, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "imgbot.toml is good.",
        f"host web-3: unix://{folder}/docker.sock @prod",
        'rule "elsewhere": hosts *; with --force; 1 of nobody; for 4h',
        'rule "redis": hosts *; images redis; asked by S0DEVS; allowed at once; for 4h',
        'rule "prod": hosts web-3; 1 of S0LEADS; for 4h',
        'protection "ours": hosts *; nginx',
        "may approve: S0LEADS",
    ]


def test_every_fault_is_told_with_its_line(folder: Path) -> None:
    """On stderr, with exit code 1."""
    path = folder / "imgbot.toml"
    path.write_text(path.read_text().replace("approvers", "aprovers").replace("force = true", "force = 1"))
    done = config(folder, "check")
    assert (done.returncode, done.stdout) == (1, "")
    assert "imgbot.toml:10: rules[0].force: has to be true or false." in done.stderr
    assert "imgbot.toml:19: rules[2].aprovers: unknown key. Did you mean approvers?" in done.stderr


def test_no_file_is_a_fault(tmp_path: Path) -> None:
    """There is nothing to check."""
    done = config(tmp_path, "check")
    assert done.returncode == 1
    assert "There is no imgbot.toml here." in done.stderr


def test_nobody_may_approve_and_nothing_may_be_removed_is_said(folder: Path) -> None:
    """A file may be good and of no use."""
    path = folder / "imgbot.toml"
    path.write_text('mode = "observe"\n[[rules]]\nname = "all"\n')
    done = config(folder, "check")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "[slack] approvals_channel is not set, so `imgbot serve` will not start.",
        "Nobody may approve, so nothing can be approved: no rule in imgbot.toml names approvers.",
        "Only observing: nothing can be removed.",
    ]


def test_which_rule_decides_and_why_no_earlier_one_does(folder: Path) -> None:
    """For each name, and what is protected; and what follows for the whole."""
    done = config(
        folder, "explain", "-u", "U0DEV", "--in-group", "S0DEVS", "--", "rm", "redis:alpine", "node:slim", "nginx"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        'stays: nginx:latest is protected by rule "ours"',
        'redis:alpine: rule "redis": hosts *; images redis; asked by S0DEVS; allowed at once; for 4h',
        '    not rule "elsewhere": it is about plans with --force',
        'node:slim: rule "prod": hosts web-3; 1 of S0LEADS; for 4h',
        '    not rule "elsewhere": it is about plans with --force',
        '    not rule "redis": no pattern of it matches: redis',
        'needs 1 of S0LEADS, by rule "prod"',
    ]


def test_slack_is_not_asked_about_groups(folder: Path) -> None:
    """Without being told, whether somebody is in a group is open, and so is which rule decides."""
    done = config(folder, "explain", "-u", "U0DEV", "--", "rm", "redis:alpine")
    assert "redis:alpine: Slack did not tell me who is in S0DEVS" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("forbidden: Slack did not tell me")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ls",), "Rules are about rm and restore"),
        (("rm", "redis", "|", "cat"), "Error: "),
        (("rm", "-H", "web-9", "redis"), 'There is no host "web-9".'),
    ],
)
def test_what_cannot_be_explained(folder: Path, words: tuple[str, ...], said: str) -> None:
    """One sentence, and exit code 1."""
    done = config(folder, "explain", "--", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_a_running_bot_reads_its_rules_again(folder: Path, tmp_path: Path) -> None:
    """``imgbot serve`` at SIGHUP: a bad file is told in the log, a good one is on record and counts."""
    path = folder / "imgbot.toml"
    good = path.read_text()
    store = f"sqlite:///{tmp_path}/imgbot.db"
    with workspace() as place, (tmp_path / "log").open("w+") as log:
        tokens = {"SLACK_BOT_TOKEN": place.bot_token, "SLACK_APP_TOKEN": place.app_token}
        environment = {**os.environ, **tokens, "SLACK_API_URL": place.api_url, "IMGBOT_DATABASE_URL": store}
        serving = subprocess.Popen([*IMGBOT, "serve"], cwd=folder, env=environment, stderr=log)
        try:
            until(lambda: changes(store) == 1 and catches_hangups(serving.pid))
            path.write_text(good.replace("approvers", "aprovers"))
            serving.send_signal(signal.SIGHUP)
            until(lambda: "imgbot.toml:19: rules[2].aprovers: unknown key" in (tmp_path / "log").read_text())
            path.write_text(good.replace("S0LEADS", "S0OTHERS"))
            serving.send_signal(signal.SIGHUP)
            until(lambda: changes(store) == 2)
            serving.terminate()
            assert serving.wait(20) == 0
        finally:
            serving.kill()
            serving.wait()
    opened = Store(database.engine(store))
    with opened.reading() as reading:
        last = reading.last_policy()
    opened.close()
    assert last is not None
    assert last.changes == (
        '- rule "prod": hosts web-3; 1 of S0LEADS; for 4h',
        '+ rule "prod": hosts web-3; 1 of S0OTHERS; for 4h',
    )


def changes(url: str) -> int:
    """Return how many changes of the policy are on record, read as anybody may who has the file."""
    path = url.removeprefix("sqlite:///")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM audit_event WHERE kind = 'policy-changed'").fetchone()
            return int(count)
    except sqlite3.OperationalError:  # not there yet
        return 0


def catches_hangups(pid: int) -> bool:
    """Whether a process has a handler of its own for SIGHUP."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) & 1 << (signal.SIGHUP - 1))
