"""Reading the rules again while the bot runs, and what is on record of it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.approval.notes import PolicyChanged
from bot.approval.notice import plain
from bot.approval.written import policy_digest
from bot.audit.chain import Verified, verify
from bot.db.store import Store
from bot.flows.in_force import InForce
from bot.reload import NOBODY, OBSERVES, reloaded
from bot.settings import Environment, Settings, policy, read
from tests.approval.examples import LATER, NOW

ONE = """
[slack]
approvals_channel = "C0A"
[hosts.web-3]
url = "unix:///nowhere"
[[rules]]
name = "prod"
approvers = ["S0LEADS"]
"""
TWO = ONE.replace('name = "prod"', 'name = "prod"\napprovals = 2')


class Desk:
    """A file of settings, the policy in force, and the record."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path = store, path
        self.told: list[str] = []
        self.settings = self._written(ONE)
        self.in_force = self.restarted()

    def _written(self, text: str) -> Settings:
        self.path.write_text(text)
        return Settings(environment=Environment(), file=read(self.path), path=self.path)

    def restarted(self) -> InForce:
        """Begin as the bot does at its start, with what the file says."""
        made = InForce(self.store, lambda: NOW, policy(read(self.path)))
        made.begin()
        return made

    def reload(self, text: str) -> list[str]:
        """Change the file, have it read again, and return what was logged."""
        self.path.write_text(text)
        with capture_logs() as logs:
            self.settings = reloaded(self.settings, self.in_force)
        return [str(log["event"]) + str(log.get("faults", "")) + str(log.get("parts", "")) for log in logs]

    def announced(self) -> list[str]:
        """Return what the audit channel was told, oldest first."""
        while True:
            with self.store.transaction() as tx:
                waiting = tx.take_notice(NOW, LATER)
                if waiting is None:
                    return self.told
                tx.notice_posted(waiting.number, NOW)
            self.told.append(plain(waiting.notice.parts))

    def last(self) -> PolicyChanged:
        """Return the newest change on record."""
        with self.store.reading() as reading:
            found = reading.last_policy()
        assert found is not None
        return found

    def changes(self) -> int:
        """Return how many changes are on record, all of which must verify."""
        with self.store.reading() as reading:
            assert isinstance(verify(reading.chain()), Verified)
            return sum(event.fields.kind == "policy-changed" for event in reading.chain())


@pytest.fixture
def desk(engine: sa.Engine, tmp_path: Path) -> Iterator[Desk]:
    """Give a desk on each kind of database."""
    store = Store(engine)
    yield Desk(store, tmp_path / "imgbot.toml")
    store.close()


def test_the_first_start_is_a_change(desk: Desk) -> None:
    """All of the policy is told, and nothing was before it."""
    assert desk.last() == PolicyChanged(
        at=NOW,
        digest=policy_digest(desk.in_force()),
        before="",
        changes=('rule "prod": hosts *; 1 of S0LEADS; for 4h',),
    )


def test_a_restart_with_the_same_rules_is_none(desk: Desk) -> None:
    """What counted last is on record; only where something else counts is a line written."""
    first = desk.last()
    desk.restarted()
    assert desk.changes() == 1
    desk.path.write_text(TWO)
    desk.restarted()
    assert desk.changes() == 2
    assert desk.last().before == first.digest


def test_new_rules_count_at_once_and_are_on_record(desk: Desk) -> None:
    """With the digest before and after, and the lines that changed."""
    before = desk.last().digest
    assert desk.reload(TWO) == ["the file of settings was read again"]
    assert desk.in_force().rules[0].approvals == 2
    assert desk.last() == PolicyChanged(
        at=NOW,
        digest=policy_digest(desk.in_force()),
        before=before,
        changes=(
            '- rule "prod": hosts *; 1 of S0LEADS; for 4h',
            '+ rule "prod": hosts *; 2 of S0LEADS; for 4h',
        ),
    )


def test_a_change_is_announced_and_the_first_start_is_not(desk: Desk) -> None:
    """The audit channel reads the first lines of what has changed, once."""
    assert desk.announced() == []
    desk.reload(TWO)
    desk.reload(TWO)
    (text,) = desk.announced()
    assert text.splitlines()[0] == "Other rules count from now on:"
    assert text.splitlines()[2] == '+ rule "prod": hosts *; 2 of S0LEADS; for 4h'
    desk.reload(TWO + "".join(f'[[protect]]\nname = "p{n}"\nlabels = ["x"]\n' for n in range(25)))
    assert desk.announced()[1].splitlines()[-1] == "… and 5 more"


def test_a_bad_file_changes_nothing(desk: Desk) -> None:
    """The rules that counted go on to count, nothing is written, and the log has every fault with its line."""
    before = desk.in_force()
    (logged,) = desk.reload(TWO.replace("approvals = 2", "aprovals = 2"))
    assert "nothing has changed" in logged
    assert "imgbot.toml:8: rules[0].aprovals: unknown key. Did you mean approvals?" in logged
    (gone,) = desk.reload("[")
    assert "nothing has changed" in gone
    assert desk.in_force() == before
    assert desk.changes() == 1


def test_the_same_file_is_no_change(desk: Desk) -> None:
    """Reading it again writes nothing."""
    desk.reload(ONE + "# a comment\n")
    assert desk.changes() == 1


def test_hosts_and_slack_are_read_only_at_the_start(desk: Desk) -> None:
    """It is said each time until it is so; the groups of a host are of the rules, and count."""
    grouped = ONE.replace('nowhere"', 'nowhere"\ngroups = ["prod"]')
    assert desk.reload(grouped) == ["the file of settings was read again"]
    restart = "these parts are read only at the start: restart the bot to use them"
    other = ONE.replace("C0A", "C0B").replace("nowhere", "elsewhere")
    for _ in range(2):
        assert f"{restart}['[slack]', '[hosts]']" in desk.reload(other)
    assert desk.reload(ONE) == ["the file of settings was read again"]


def test_how_often_there_is_a_checkpoint_is_read_only_at_the_start(desk: Desk) -> None:
    """It is said each time until it is so."""
    for _ in range(2):
        assert any("['[audit]']" in line for line in desk.reload(ONE + "\n[audit]\ncheckpoint_every = 50\n"))


def test_a_file_without_approvers_is_told(desk: Desk) -> None:
    """Nothing can be approved then, and the log says so."""
    assert NOBODY in desk.reload(ONE.replace('approvers = ["S0LEADS"]', ""))


def test_observing_counts_at_once_and_ends_with_a_restart(desk: Desk) -> None:
    """Nothing can be removed from then on; the edge that was started to look never removes."""
    assert OBSERVES in desk.reload('mode = "observe"\n' + ONE)
    assert desk.in_force().observes
    desk.settings = Settings(environment=Environment(), file=read(desk.path), path=desk.path)
    assert any("restart" in line and "mode" in line for line in desk.reload(ONE))


def test_what_cannot_be_written_does_not_count(engine: sa.Engine, tmp_path: Path) -> None:
    """No record, no change of the rules."""
    desk = Desk(Store(engine), tmp_path / "imgbot.toml")
    before = desk.in_force()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_event RENAME TO gone")
    assert desk.reload(TWO) == ["the change could not be written to the record, so nothing has changed"]
    assert desk.in_force() == before
    desk.store.close()


def test_hangups_are_answered_one_by_one_until_the_end(tmp_path: Path) -> None:
    """A process that waits as ``serve`` does calls what it is given at each SIGHUP, and ends at SIGTERM."""
    code = "from bot.serving import wait_for_signal as w\nw(lambda: print('again', flush=True))\nprint('end')"
    with subprocess.Popen(
        [sys.executable, "-c", code.replace("\nw(", "\nprint('up', flush=True)\nw(")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        until = time.monotonic() + 10  # the handlers are set right after that line; a signal before them ends it
        while not int(_caught(process.pid), 16) & 1 << (signal.SIGHUP - 1) and time.monotonic() < until:
            time.sleep(0.01)
        for _ in range(2):
            process.send_signal(signal.SIGHUP)
            assert process.stdout.readline() == "again\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "end\n"
        assert process.wait(10) == 0


def _caught(pid: int) -> str:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
