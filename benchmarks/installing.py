"""The stopwatch beside ``docs/install.md``: from a clone to the first removal, each command as it is written there.

Without Compose, in a fresh folder, with the playground in the place of Slack and a simulated daemon. What a person does
on Slack's pages (making the app, installing it, copying tokens and IDs) is not in it, nor is reading.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from benchmarks.machine import bare, table
from bot.playground.demo import simulated_daemon, workspace
from tests.endtoend.team import APPROVALS, DANA, OLGA, People, until

HERE = Path(__file__).parent.parent
GOAL = 15 * 60
WITHIN = 120.0
"""Seconds that an answer may take before this gives up."""
IMAGE = "redis:alpine"


class Stopwatch:
    """What was done, and how many seconds each took."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float]] = []

    def time(self, what: str, done: Callable[[], object]) -> None:
        """Do it, and write down how long it took."""
        began = time.perf_counter()
        done()
        self.rows.append((what, time.perf_counter() - began))


def run(folder: Path, environment: Mapping[str, str], *words: str) -> None:
    """Run a command in *folder*; end with what it said where it fails."""
    said = subprocess.run(words, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if said.returncode:
        sys.exit(f"{' '.join(words)}: exit code {said.returncode}\n{said.stdout}{said.stderr}")


def settings(example: str, daemon: str) -> str:
    """Return the shipped example with this workspace's IDs, a port that is free, and the daemon's address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    changed = {
        "C0123456789": APPROVALS,
        "127.0.0.1:8080": f"127.0.0.1:{port}",
        "unix:///var/run/docker.sock": daemon,
        "S0123456789": OLGA,
    }
    for old, new in changed.items():
        if old not in example:
            raise SystemExit(f"imgbot.toml.example has no {old} any more.")
        example = example.replace(old, new)
    return example


@contextmanager
def serving(folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Run ``imgbot serve`` within the block."""
    with (folder / "log").open("w") as log:
        bot = subprocess.Popen((".venv/bin/imgbot", "serve"), cwd=folder, env=environment, stderr=log)
        try:
            yield
        finally:
            bot.terminate()
            bot.wait()


def answered(people: People) -> None:
    """Type ``/img help`` until it is answered: the bot may be about to connect."""
    until(lambda: people.type(DANA, "/img help") == "acknowledged", WITHIN)
    people.answer(DANA)


def removed(people: People) -> None:
    """Ask for an image, approve it, and wait until the message says that it went."""
    _, message = people.ask(DANA, f"/img rm {IMAGE}", after=0)
    people.press(OLGA, message, "img_approve")
    until(lambda: f"Removed {IMAGE}" in str(people.messages(OLGA, APPROVALS)), WITHIN)


@click.command()
def main() -> None:
    """Print what each step took. Exits with 1 where it took longer than is promised."""
    watch = Stopwatch()
    with tempfile.TemporaryDirectory(prefix="imgbot-installing-") as made, workspace() as slack:
        folder = Path(made) / "imgbot"
        with simulated_daemon(Path(made) / "docker.sock") as daemon:
            given = os.environ | {
                "PIP_NO_CACHE_DIR": "1",
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_APP_TOKEN": slack.app_token,
                "SLACK_API_URL": slack.api_url,
                "IMGBOT_DATABASE_URL": f"sqlite:///{made}/imgbot.db",
            }
            watch.time("`git clone`", lambda: run(HERE, given, "git", "clone", "--quiet", str(HERE), str(folder)))
            watch.time("`make install`", lambda: run(folder, given, "make", "install"))
            watch.time("`imgbot manifest`", lambda: run(folder, given, ".venv/bin/imgbot", "manifest"))
            example = (folder / "imgbot.toml.example").read_text()
            (folder / "imgbot.toml").write_text(settings(example, daemon))
            watch.time("`imgbot db upgrade`", lambda: run(folder, given, ".venv/bin/imgbot", "db", "upgrade"))
            watch.time("`imgbot doctor`", lambda: run(folder, given, ".venv/bin/imgbot", "doctor"))
            people = People(slack.url)
            with serving(folder, given):
                watch.time("`imgbot serve`, until `/img help` is answered", lambda: answered(people))
                watch.time(f"`/img rm {IMAGE}`, *Approve*, removed", lambda: removed(people))
    whole = sum(seconds for _, seconds in watch.rows)
    print(f"{bare()}; load {os.getloadavg()[0]:.1f}\n")
    rows = [(what, f"{seconds:.1f} s") for what, seconds in (*watch.rows, ("together", whole))]
    print(table([("step", "took"), *rows]))
    if whole > GOAL:
        sys.exit("It takes longer than is promised.")


if __name__ == "__main__":
    main()
