"""Settings: strict, and every fault is told at once."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.approval.policy import Policy, Rule
from bot.settings import BadSettings, load, read, secret
from tests.images.making import reference

GOOD = """
[slack]
approvals_channel = "C0APPROVALS"
[hosts.web-3]
url = "unix:///var/run/docker.sock"
timeout = "90s"
[[rules]]
name = "frozen"
hosts = ["web-3"]
approvals = "never"
[[rules]]
name = "rest"
approvers = ["S0LEADS", "U0OLGA"]
approvals = 2
expires = "30m"
[[protect]]
name = "base-images"
references = ["postgres:*", "*/base:*"]
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "imgbot.toml"
    path.write_text(text)
    return path


def _faults(folder: Path, text: str) -> str:
    with pytest.raises(BadSettings) as caught:
        read(_file(folder, text))
    return "\n".join(caught.value.faults)


def test_a_whole_file(tmp_path: Path) -> None:
    """Channel, hosts, durations and rules become what the bot works with."""
    file = read(_file(tmp_path, GOOD))
    assert file.slack is not None
    assert file.slack.approvals_channel == "C0APPROVALS"
    assert file.hosts["web-3"].timeout == timedelta(seconds=90)
    policy = file.policy()
    (protection,) = policy.protections
    assert protection.name == "base-images"
    assert [protection.covers(reference(name)) for name in ("postgres:16", "acme/base:1", "base:1")] == [
        True,
        True,
        False,
    ]
    assert replace(policy, protections=()) == Policy(
        rules=(
            Rule(name="frozen", hosts=("web-3",), approvals=None),
            Rule(name="rest", approvals=2, approvers=("S0LEADS", "U0OLGA"), expires=timedelta(minutes=30)),
        )
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("approvals_channel", "approvals_chanel"), "approvals_chanel"),
        (('"C0APPROVALS"', '"#approvals"'), "slack.approvals_channel"),
        (("unix://", "http://"), "hosts.web-3.url"),
        (('"postgres:*"', '"postgres:["'), 'no pattern that makes sense: "postgres:["'),
        (('["postgres:*", "*/base:*"]', "[]"), "protect.0.references"),
        (('"90s"', '"soon"'), 'such as "4h"'),
        (('"90s"', "90"), 'such as "4h"'),
        (('"U0OLGA"', '"@olga"'), "rules.1.approvers.1"),
        (("approvals = 2", "approvals = -1"), "rules.1.approvals"),
        (('"S0LEADS", ', ""), "2 approvals are asked for, and only 1 may approve"),
        (("approvals = 2", 'approvals = "two"'), "rules.1.approvals"),
        (('hosts = ["web-3"]', 'hosts = ["web-33"]'), '"web-33"'),
        (("[slack]", "[slack"), "is not TOML"),
        (("[[rules]]", "[[rule]]"), "rule"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    """The file and the place are in the sentence."""
    faults = _faults(tmp_path, GOOD.replace(*change))
    assert told in faults
    assert str(tmp_path) in faults


def test_every_fault_at_once(tmp_path: Path) -> None:
    """Nobody has to mend a file one fault at a time."""
    faults = _faults(tmp_path, GOOD.replace("unix://", "http://").replace('"90s"', '"soon"').replace('"U0', '"@'))
    assert len(faults.splitlines()) == 3


def test_no_file_is_a_file_without_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file there are no rules, so nothing can be removed; the command line still plans."""
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert settings.path is None
    assert settings.file.policy() == Policy(rules=())


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    """A wrong path is no empty file."""
    with pytest.raises(BadSettings, match="cannot be read"):
        load(tmp_path / "nowhere.toml")


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """With ``_FILE``; without both it is asked for by name, and never shown."""
    path = tmp_path / "token"
    path.write_text("xoxb-1\n")
    assert secret(None, path, "SLACK_BOT_TOKEN").get_secret_value() == "xoxb-1"
    assert "xoxb-1" not in repr(secret(None, path, "SLACK_BOT_TOKEN"))
    with pytest.raises(BadSettings, match="SLACK_BOT_TOKEN is not set"):
        secret(None, None, "SLACK_BOT_TOKEN")
    with pytest.raises(BadSettings, match="cannot be read"):
        secret(None, tmp_path / "nowhere", "SLACK_BOT_TOKEN")


def test_the_example_is_good() -> None:
    """The file that people copy can be read."""
    assert read(Path(__file__).parent.parent / "imgbot.toml.example").policy().approvers == {"S0123456789"}
