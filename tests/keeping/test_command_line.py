"""The command line: `docs/backup.md` is run as it is written, and what is wrong is said in a sentence."""

import re
import shlex
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import cli, logs
from bot.audit.chain import Head, head_text
from bot.audit.checkpoint import checkpoint_text
from bot.db.store import Store
from bot.signing import signed, signer_key
from tests.databases import Databases, opened
from tests.db.asking import removed
from tests.keeping.doing import everything, head_of_store

DOCUMENT = Path(__file__).parents[2] / "docs" / "backup.md"
Imgbot = Callable[..., Result]
SIGNED_AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def imgbot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Imgbot:
    """Give what runs a command in this process and an empty folder, with no log set up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "configure", lambda _: None)

    def ran(*words: str, url: str = "", typed: str = "", **environment: str) -> Result:
        given = environment | ({"IMGBOT_DATABASE_URL": url} if url else {})
        return CliRunner(env=given).invoke(cli.imgbot, words, input=typed)

    return ran


def test_the_document_works_as_written(imgbot: Imgbot, databases: Databases, tmp_path: Path) -> None:
    """Backup, restore, copy and key: each line of the blocks, with its folders moved. Compose's are tried elsewhere."""
    blocks = re.findall(r"(?s)```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"))
    backup, restore, move, key = [block for block in blocks if block.startswith("imgbot ")]

    def typed(block: str, url: str) -> str:
        """Return what the last command of a block prints. The shell's part of it is done here."""
        for folder in ("/var/backups/imgbot", "/var/lib/imgbot"):
            block = block.replace(folder, str(tmp_path))
        lines = [shlex.split(line.replace("$(date +%F)", "2026-03-01")) for line in block.splitlines()]
        assert {line[0] for line in lines} == {"imgbot"}
        ran = [imgbot(*line[1:], url=url) for line in lines]
        assert [(each.exit_code, each.exception) for each in ran] == [(0, None)] * len(ran), ran[-1].output
        return ran[-1].stdout

    with databases("postgresql") as url, databases("sqlite") as new, opened(url) as engine:
        removed(Store(engine))
        backed_up = typed(backup, url).strip()
        assert backed_up == head_text(head_of_store(Store(engine)))
        engine.dispose()
        assert typed(restore, new).startswith("9 events are as they were written. The newest: 9:")
        typed(f"imgbot db copy {shlex.quote(url)} sqlite:////var/lib/imgbot/imgbot.db", url)
        moved = typed(move, url).strip()
        assert everything(f"sqlite:///{tmp_path / 'moved.db'}") == everything(f"sqlite:///{tmp_path / 'imgbot.db'}")
        with opened(f"sqlite:///{tmp_path / 'moved.db'}") as copied:
            assert moved == head_text(head_of_store(Store(copied)))
        assert re.fullmatch(r"imgbot\+[0-9a-f]{8}\+\S{44}\n", typed(key, url))


def test_a_signed_checkpoint_is_held_against_the_record(imgbot: Imgbot, databases: Databases, tmp_path: Path) -> None:
    """A good one passes, from a file and from stdin; another signer, another event, or one that was cut does not."""
    made = imgbot("audit", "key", "secret.key", "--name", "example.com/imgbot")
    key = made.stdout.strip()
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    again = imgbot("audit", "key", "secret.key")
    assert (again.exit_code, again.stderr) == (1, "Error: secret.key cannot be made: File exists.\n")
    assert imgbot("audit", "key", "other.key", "--name", "a b").exit_code == 2
    other = imgbot("audit", "key", "other.key").stdout.strip()
    secret = signer_key((tmp_path / "secret.key").read_text())
    with databases("sqlite") as url:
        with opened(url) as engine:
            store = Store(engine)
            removed(store)
            head = head_of_store(store)
        good = signed(checkpoint_text(head, SIGNED_AT), secret)
        wrong = signed(checkpoint_text(Head(sequence=3, hash="a" * 64), SIGNED_AT), secret)
        for written, by, code, said in (
            (good, key, 0, "events are as they were written"),
            (good, other, 1, "The checkpoint does not count. It is not signed by imgbot, or not with this key."),
            (good.replace("event", "Event"), key, 1, "the text or the signature was changed"),
            (good[:100], key, 1, "It is no signed note"),
            (signed("text\n", secret), key, 1, "it is no checkpoint of a record"),
            (wrong, key, 1, "Event 3: It is not the event that was there when its hash was noted."),
            (good, "imgbot+x", 2, "A key is NAME+ID+BASE64"),
        ):
            (tmp_path / "note").write_text(written)
            found = imgbot("audit", "verify", "--checkpoint", "note", "--key", by, url=url)
            assert found.exit_code == code, found
            assert said in found.stdout + found.stderr
        assert imgbot("audit", "verify", "--key", key, url=url).exit_code == 2
        nowhere = imgbot("audit", "verify", "--checkpoint", "nowhere", "--key", key, url=url)
        assert "nowhere cannot be read" in nowhere.stderr
        assert imgbot("audit", "verify", "--checkpoint", "-", "--key", key, url=url, typed=good).exit_code == 0


def test_a_bad_key_stops_the_bot_and_is_not_shown(imgbot: Imgbot, tmp_path: Path) -> None:
    """It would otherwise post checkpoints that nobody can check."""
    (tmp_path / "key").write_text("PRIVATE+KEY+imgbot+00000000+c2VjcmV0")
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    ran = imgbot("serve", **tokens, IMGBOT_CHECKPOINT_KEY_FILE=str(tmp_path / "key"))
    assert ran.exit_code == 1
    assert "IMGBOT_CHECKPOINT_KEY: It is no key that `imgbot audit key` made." in ran.stderr
    assert "c2VjcmV0" not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backup", "new.backup"], "There is no file"),
        (["restore", "nowhere.backup"], "There is no file nowhere.backup."),
        (["restore", "text"], "text is damaged, or is no backup: file is not a database."),
        (["restore", "."], "There is no file ."),
        (["restore", "text", "--expect", "7"], "A checkpoint is the number of an event"),
        (["copy", "sqlite:///nowhere.db", "sqlite:///new.db"], "There is no file nowhere.db."),
        (["copy", "nowhere.db", "sqlite:///new.db"], "The database URL is not one that imgbot knows."),
        (["copy", "sqlite:///nowhere.db", "postgresql://u:secret@127.0.0.1:1/x"], "no file"),
        (["copy", "postgresql://u:secret@127.0.0.1:1/x", "sqlite:///new.db"], "u:***@127.0.0.1:1/x cannot be used"),
        (["copy", "sqlite://", "sqlite:///new.db"], "A database in memory ends with its process."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_said_in_a_sentence(imgbot: Imgbot, tmp_path: Path, words: list[str], said: str) -> None:
    """Exit code and all, without a traceback and without a password; nothing is left behind."""
    (tmp_path / "text").write_text("a text " * 1000)
    ran = imgbot("db", *words, url=f"sqlite:///{tmp_path / 'imgbot.db'}")
    assert ran.exit_code in {1, 2}
    assert said in ran.stderr
    assert isinstance(ran.exception, SystemExit), "and not by a traceback"
    assert "secret" not in ran.stderr
    assert not [path.name for path in tmp_path.rglob("*") if path.name.endswith((".backup", ".partial", "new.db"))]
