"""The command line, as a person at a terminal has it: the installed command, a real daemon, a real record."""

import csv
import getpass
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from bot.approval.notes import Started
from bot.approval.proof import Proved
from bot.db import database
from bot.db.store import Store
from tests.approval.examples import NOW
from tests.daemons import RunningDaemon
from tests.endtoend.team import Team, until
from tests.worlds import Build, container, load

IMGBOT = [sys.executable, "-m", "bot"]


def run(command: Sequence[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in an empty folder, with nothing of this machine's Docker or bot in its environment."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("DOCKER_", "IMGBOT_", "SLACK_"))}
    given = clean | {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")} | environment
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ["redis:7"],
        ["redis"],
        ["redis:7", "redis:latest"],
        ["nginx:1", "nope", "nginx:1"],
        ["-f", "nope"],
        ["-f", "nope", "nginx:1"],
        ["nginx"],
        ["UPPER"],
        ["a:1:2"],
        ["used:1"],
        ["-f", "used:1"],
        ["--no-prune", "nginx:1"],
        ["--", "nginx:1"],
    ],
    ids=" ".join,
)
def test_plan_prints_what_docker_then_prints(dockerd: RunningDaemon, tmp_path: Path, words: list[str]) -> None:
    """Same lines on stdout and stderr, same exit code; and nothing is removed by asking."""
    docker_command = shutil.which("docker")
    if docker_command is None:
        pytest.skip("the docker command is not installed: nothing to compare with")
    load(
        dockerd.client,
        Build(tags=["redis:7", "redis:latest"], layers=["base", "redis"]),
        Build(tags=["nginx:1"], layers=["base", "nginx"]),
        Build(tags=["used:1"], layers=["busybox"]),
    )
    container(dockerd.client, "used:1", "job-1")
    planned = run([*IMGBOT, "plan", *words], tmp_path, DOCKER_HOST=dockerd.url)
    assert len(dockerd.client.images(all=True)) == 3
    done = run([docker_command, "image", "rm", *words], tmp_path, DOCKER_HOST=dockerd.url)
    assert (planned.stdout, planned.returncode) == (done.stdout, done.returncode)
    assert re.sub(r"(?m)^imgbot: .*\n", "", planned.stderr) == as_since_23(done.stderr)


def as_since_23(stderr: str) -> str:
    """Return what docker says since version 23: older ones put "not found" in their own words."""
    today = r"Error response from daemon: No such image: \1:latest"
    return re.sub(r"(?m)^Error: No such image: (\S+)$", today, stderr)


def test_plan_honours_contexts(dockerd: RunningDaemon, tmp_path: Path) -> None:
    """Without DOCKER_HOST the current context says which daemon it is."""
    docker_command = shutil.which("docker")
    if docker_command is None:
        pytest.skip("the docker command is not installed: no context can be made")
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    made = run([docker_command, "context", "create", "here", "--docker", f"host={dockerd.url}"], tmp_path)
    assert made.returncode == 0, made.stderr
    run([docker_command, "context", "use", "here"], tmp_path)
    assert run([*IMGBOT, "plan", "redis:7"], tmp_path).stdout.startswith("Untagged: redis:7\n")


def test_plan_without_a_daemon(tmp_path: Path) -> None:
    """The sentence names host and way; the exit code is 1; there is no traceback."""
    planned = run([*IMGBOT, "plan", "redis"], tmp_path, DOCKER_HOST=f"unix://{tmp_path}/nothing.sock")
    assert planned.returncode == 1
    assert "nothing.sock" in planned.stderr
    assert "Traceback" not in planned.stderr


def test_platforms_are_understood_and_explained(tmp_path: Path) -> None:
    """Docker's option is no unknown one: why it is not to be had is said, and what to do."""
    planned = run([*IMGBOT, "plan", "--platform", "linux/arm64", "redis"], tmp_path)
    assert planned.returncode == 1
    assert "--platform takes one platform out of an image, which I can't do. Without it," in planned.stderr


def test_why_says_who_holds_an_image(dockerd: RunningDaemon, tmp_path: Path) -> None:
    """Its names, its containers, the layers that others have too, and what removing it would print."""
    load(
        dockerd.client,
        Build(tags=["redis:7"], layers=["busybox", "redis"]),
        Build(tags=["nginx:1"], layers=["busybox", "nginx"]),
    )
    container(dockerd.client, "redis:7", "job-1")
    told = run([*IMGBOT, "why", "redis:7"], tmp_path, DOCKER_HOST=dockerd.url)
    lines = told.stdout.splitlines()
    assert lines[1:3] == ["name       redis:7", "container  job-1, created"]
    assert lines[3] == "layers     1 (500 Bytes) in nothing else"
    assert re.fullmatch(r"layers     1 \(.*\) also in nginx:1", lines[4])
    assert lines[5].startswith("removing   refused: conflict: unable to remove repository reference")
    nothing = run([*IMGBOT, "why", "redsi"], tmp_path, DOCKER_HOST=dockerd.url)
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert nothing.stderr == "Error: No such image: redsi:latest. Did you mean redis:7?\n"


def test_history_and_show(at_work: Team, dockerd: RunningDaemon, tmp_path: Path) -> None:
    """What the bot removed is printed and given as JSON, with who asked and who approved."""
    (image,) = load(dockerd.client, Build(tags=["redis:7"], layers=["base", "redis"]))
    at_work.remove("/img rm redis:7 -m 'OPS-123'")
    url = at_work.settings.environment.imgbot_database_url
    assert url is not None
    printed = run([*IMGBOT, "history", "redis", "--json"], tmp_path, IMGBOT_DATABASE_URL=url)
    records = json.loads(printed.stdout)
    assert [(r["kind"], r["reference"], bool(r["chain_id"])) for r in records] == [
        ("deleted", None, True),
        ("deleted", None, True),
        ("deleted", None, False),
        ("untagged", "redis:7", False),
    ]
    for record in records:
        assert (record["image_id"], record["requester"], record["approvers"]) == (image, "U0DEV", ["U0LEAD"])
        assert (record["host"], record["request"], record["via"], record["source"]) == ("web-3", 1, "bot", "reported")
    assert [record["bytes"] for record in records] == [400, 500, None, None]
    table = run([*IMGBOT, "history", "image:redis", "-via:external"], tmp_path, IMGBOT_DATABASE_URL=url, COLUMNS="200")
    assert table.stdout.startswith("1 image, 1 name, 2 layers, 900 Bytes, 1 person\n")
    assert "redis:7" in table.stdout
    page = run([*IMGBOT, "history", "--limit", "2"], tmp_path, IMGBOT_DATABASE_URL=url).stdout
    assert page.endswith("Older: --before 3\n")
    oldest = run([*IMGBOT, "history", "--before", "3", "--json"], tmp_path, IMGBOT_DATABASE_URL=url).stdout
    assert [record["number"] for record in json.loads(oldest)] == [2, 1]
    newest = run([*IMGBOT, "history", "--after", "2", "--json"], tmp_path, IMGBOT_DATABASE_URL=url).stdout
    assert [record["number"] for record in json.loads(newest)] == [4, 3]
    lines = run([*IMGBOT, "history", "redis", "--jsonl"], tmp_path, IMGBOT_DATABASE_URL=url).stdout
    assert [json.loads(line) for line in lines.splitlines()] == records
    written = run([*IMGBOT, "history", "--csv", "-o", "all.csv"], tmp_path, IMGBOT_DATABASE_URL=url)
    assert (written.returncode, written.stdout) == (0, "")
    rows = list(csv.DictReader((tmp_path / "all.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["image_id"], row["reason"]) for row in rows] == [(image, "OPS-123")] * 4
    shown = run([*IMGBOT, "show", "1"], tmp_path, IMGBOT_DATABASE_URL=url, COLUMNS="200").stdout
    assert "Untagged: redis:7" in shown
    assert re.search(r"Approved by U0LEAD \(group S0OPSLEADS, seen in it 20\d\d-[^)]*\) 20", shown)
    assert "  as planned\n" in shown
    assert re.search(
        r"(?m)^  20\S+ \S+  U0LEAD approved \(group S0OPSLEADS, seen .*\)  \(approved, \d+:[0-9a-f]{12}\)$", shown
    )
    assert re.search(r"(?m)^  20\S+ \S+  step 1: done, 4 records  \(step-done, ", shown)
    as_json = json.loads(run([*IMGBOT, "show", "1", "--json"], tmp_path, IMGBOT_DATABASE_URL=url).stdout)
    assert as_json["steps"][0]["planned"] == as_json["steps"][0]["came"]
    assert len(as_json["records"]) == 4


def test_hosts_as_they_are_now(at_work: Team, dockerd: RunningDaemon, tmp_path: Path) -> None:
    """One that answers, one that the bot once heard, one that never was there: a table, JSON, and an exit code."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["base", "redis"]), Build(tags=["nginx:1"], layers=["base"]))
    container(dockerd.client, "nginx:1", "job-1")
    url = at_work.settings.environment.imgbot_database_url
    assert url is not None
    until(lambda: "web-3" in heard(url))
    told = [*IMGBOT, "hosts"]
    (tmp_path / "imgbot.toml").write_text(
        f"""
        [hosts.web-1]
        url = "{dockerd.url}"
        groups = ["prod", "eu"]
        [hosts.web-3]
        url = "unix:///nowhere.sock"
        [hosts.web-9]
        url = "unix:///nowhere.sock"
        groups = ["prod"]
        """
    )
    listed = run(told, tmp_path, IMGBOT_DATABASE_URL=url)
    assert listed.returncode == 1
    _, first, second, third = listed.stdout.splitlines()
    assert re.match(rf"web-1  @prod @eu  yes +\S+ +classic +2 +900 Bytes +1 \(\d+ Bytes\) +now +{dockerd.url}", first)
    assert re.match(rf"web-3 +no +{heard(url)['web-3']:%Y-%m-%d %H:%M} +unix:///nowhere.sock", second)
    assert re.match(r"web-9  @prod +no +never +unix:///nowhere.sock", third)
    assert "imgbot: web-3 cannot be reached at unix:///nowhere.sock" in listed.stderr
    one = run([*told, "-H", "web-1", "--json"], tmp_path, IMGBOT_DATABASE_URL=url)
    (host,) = json.loads(one.stdout)
    assert (one.returncode, host["answers"], host["images"], host["containers"]) == (0, True, 2, 1)
    prod = run([*told, "-H", "@prod", "--json"], tmp_path, IMGBOT_DATABASE_URL=url)
    assert [(each["host"], each["answers"], each["heard_at"] is None) for each in json.loads(prod.stdout)] == [
        ("web-1", True, False),
        ("web-9", False, True),
    ]
    assert 'There is no host "web-7". I know web-1, web-3' in run([*told, "-H", "web-7"], tmp_path).stderr
    assert "Groups are @prod, @eu" in run([*told, "-H", "@test"], tmp_path).stderr
    nowhere = run([*told, "-H", "web-1"], tmp_path)
    assert nowhere.returncode == 0, "hosts can be looked at before there is a database"
    assert "when hosts were heard last is not known: " in nowhere.stderr
    unknown = run([*told, "-H", "web-9"], tmp_path)
    assert (unknown.returncode, unknown.stdout.splitlines()[1].split()[2:4]) == (1, ["no", "?"])


def heard(url: str) -> Mapping[str, datetime]:
    """Return when the bot looked at each host last."""
    with closing(Store(database.engine(url))) as store, store.reading() as reading:
        return reading.looked_at()


def test_evidence_stats_and_who_asked(at_work: Team, dockerd: RunningDaemon, tmp_path: Path) -> None:
    """A stranger can check a request; a period is told in numbers; who asked for all that is on record."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["base", "redis"]))
    at_work.remove("/img rm redis:7 -m 'OPS-123'")
    url = at_work.settings.environment.imgbot_database_url
    assert url is not None
    proved = run([*IMGBOT, "show", "1", "--evidence", "1.jsonl"], tmp_path, IMGBOT_DATABASE_URL=url)
    assert (proved.returncode, proved.stdout) == (0, "")
    script = Path(__file__).parents[2] / "docs" / "check_evidence.py"
    told = re.fullmatch(r"To check it .*: python3 check_evidence.py 1.jsonl (\S+)\nNo head .*\n", proved.stderr)
    assert told, proved.stderr
    checked = run([sys.executable, "-I", "-S", str(script), "1.jsonl", told[1]], tmp_path).stdout.splitlines()
    assert [line.split()[3] for line in checked[:-1]][:2] == ["asked", "approved"]
    assert checked[-1].startswith("Good: ")
    printed_stats = run([*IMGBOT, "stats", "week"], tmp_path, IMGBOT_DATABASE_URL=url).stdout
    assert printed_stats.startswith("The last week: 1 request (1 finished)\n\nHost\n██████████ 900 Bytes")
    assert "100 % of 1 step went as predicted" in printed_stats
    drawn = run([*IMGBOT, "stats", "week", "--chart", "week.png"], tmp_path, IMGBOT_DATABASE_URL=url).stdout
    assert drawn.startswith(
        "Freed in the last week: 900 Bytes. A bar for each day (UTC), a colour for each host: web-3"
    )
    assert (tmp_path / "week.png").read_bytes().startswith(b"\x89PNG")
    as_numbers = json.loads(run([*IMGBOT, "stats", "--json"], tmp_path, IMGBOT_DATABASE_URL=url).stdout)
    assert as_numbers["repositories"][0]["name"] == "redis"
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        read = connection.execute("SELECT body FROM audit_event WHERE kind = 'record-read'").fetchall()
    queries = [json.loads(body)["query"] for (body,) in read]
    assert queries == ["show 1 --evidence", "stats week", "stats week", "stats month"]
    assert {json.loads(body)["user"] for (body,) in read} == {f"{getpass.getuser()}@{socket.gethostname()}"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "7"], "`imgbot db upgrade` makes it"),
        (["history"], "`imgbot db upgrade` makes it"),
        (["show", "seven"], "not a valid integer"),
        (["plan"], "Missing argument"),
        (["plan", "-H", "web-9", "redis"], 'There is no host "web-9"'),
        (["--config", "nowhere.toml", "history"], "cannot be read"),
        (["serve"], "SLACK_BOT_TOKEN is not set"),
        (["demo", "--daemon", "ftp://x"], "simulated, auto, or a URL"),
        (["history", "hots:web-3"], "Did you mean `host:`?"),
        (["history", "-status:done"], "it takes one of pending,"),
        (["history", "--csv", "--before", "3"], "narrow it down by since: and until:"),
        (["show", "1", "--through", "3"], "--through says how far --evidence goes"),
        (["histroy"], "No such command"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said_plainly(tmp_path: Path, arguments: list[str], told: str) -> None:
    """One sentence on stderr, an exit code that is not 0, and no traceback."""
    failed = run([*IMGBOT, *arguments], tmp_path)
    assert failed.returncode != 0
    assert told in failed.stderr
    assert "Traceback" not in failed.stderr


def test_the_database_is_made_and_checked(tmp_path: Path) -> None:
    """Before it is there ``db check`` says so; ``db upgrade`` makes it; an empty record is no error."""
    assert run([*IMGBOT, "db", "check"], tmp_path).returncode == 1
    assert run([*IMGBOT, "db", "upgrade"], tmp_path).returncode == 0
    assert run([*IMGBOT, "db", "check"], tmp_path).returncode == 0
    assert run([*IMGBOT, "history"], tmp_path).stdout.strip() == "No record."
    assert json.loads(run([*IMGBOT, "history", "--json"], tmp_path).stdout) == []
    assert "There is no request 7" in run([*IMGBOT, "show", "7"], tmp_path).stderr


def test_nothing_begins_where_a_trigger_is_missing(tmp_path: Path) -> None:
    """It is named, and neither made again in silence nor done without: whoever begins is refused."""
    url = f"sqlite:///{tmp_path / 'imgbot.db'}"
    assert run([*IMGBOT, "db", "upgrade"], tmp_path, IMGBOT_DATABASE_URL=url).returncode == 0
    with closing(sqlite3.connect(tmp_path / "imgbot.db")) as connection, connection:
        connection.execute("DROP TRIGGER removal_record_delete")
    for command in (["db", "upgrade"], ["history"], ["audit", "verify"]):
        refused = run([*IMGBOT, *command], tmp_path, IMGBOT_DATABASE_URL=url)
        assert refused.returncode == 1, command
        assert "The trigger removal_record_delete, which keeps the record append-only, is missing" in refused.stderr


def test_an_event_that_was_changed_is_found(tmp_path: Path) -> None:
    """With its triggers off a database can be written to by its owner; the chain tells, and names the event."""
    file = tmp_path / "imgbot.db"
    engine = database.engine(f"sqlite:///{file}")
    database.upgrade(engine)
    store = Store(engine)
    for owner in ("bot:1", "bot:2"):
        with store.transaction() as tx:
            tx.note(Started(at=NOW, owner=owner, version="1"))
    store.close()
    assert run([*IMGBOT, "db", "check"], tmp_path, IMGBOT_DATABASE_URL=f"sqlite:///{file}").returncode == 0
    whole = run([*IMGBOT, "audit", "verify"], tmp_path, IMGBOT_DATABASE_URL=f"sqlite:///{file}")
    head = whole.stdout.split()[-1]
    assert (whole.returncode, whole.stdout[:9], head[:2]) == (0, "2 events ", "2:")
    with Store(engine).reading() as reading:
        proved = reading.last(Proved)
    assert proved is not None
    assert isinstance(proved.event, Proved)
    assert proved.event.user == f"{getpass.getuser()}@{socket.gethostname()}"
    mistyped = [*IMGBOT, "audit", "verify", "--expect", f"2:{'0' * 64}"]
    foreign = run(mistyped, tmp_path, IMGBOT_DATABASE_URL=f"sqlite:///{file}")
    assert foreign.returncode == 1
    assert "The record by itself is as it was written" in foreign.stderr
    with Store(engine).reading() as reading:
        assert reading.unacknowledged() is None, "what somebody mistyped stops nothing"
    with closing(sqlite3.connect(file)) as connection, connection:
        on_events = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'"
        triggers = connection.execute(on_events).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit_event SET body = replace(body, 'bot:1', 'bot:9') WHERE sequence = 1")
        for _, sql in triggers:
            connection.execute(sql)
    checked = run([*IMGBOT, "db", "check"], tmp_path, IMGBOT_DATABASE_URL=f"sqlite:///{file}")
    assert (checked.returncode, checked.stderr[:8]) == (1, "event 1:")
    checkpoint = f"2:{'0' * 64}"
    verified = run([*IMGBOT, "audit", "verify"], tmp_path, IMGBOT_DATABASE_URL=f"sqlite:///{file}")
    assert (verified.returncode, verified.stdout) == (1, "")
    assert verified.stderr.endswith("Event 1: It is not as it was written.\n")
    expected = [*IMGBOT, "audit", "verify", "--json", "--since", checkpoint, "--expect", checkpoint]
    after = run(expected, tmp_path, IMGBOT_DATABASE_URL=f"sqlite:///{file}")
    assert after.returncode == 1
    assert json.loads(after.stdout)["event"] == 3, "the first one after it, which says that the record was verified"
    with Store(engine).reading() as reading:
        assert reading.unacknowledged() is not None, "and so nothing is removed"
