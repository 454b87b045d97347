"""The command line as a whole: what is listed is what there is, and listing it imports nothing."""

import getpass
import os
import socket
import subprocess
import sys

import click
import pytest

from bot.cli import Later, imgbot
from bot.terminal import reader

WIDE = 1000


def _listed() -> list[Later]:
    listed = list(imgbot.commands.values())
    assert all(isinstance(command, Later) for command in listed)
    return [command for command in listed if isinstance(command, Later)]


def test_each_command_is_listed_with_what_its_own_help_says_first() -> None:
    """The list is written apart from the commands, which are not imported for it."""
    assert len(_listed()) >= 10
    for command in _listed():
        own = command.load()
        assert own.name == command.name
        assert own.get_short_help_str(WIDE) == command.get_short_help_str(WIDE)


def test_listing_the_commands_imports_none_of_them() -> None:
    """``imgbot --help`` is there at once: it needs click, and nothing that takes long to import."""
    code = (
        "import sys\nfrom bot.cli import imgbot\nimgbot(['--help'], standalone_mode=False)\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in {'bot', 'sqlalchemy', 'docker', 'rich'}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    *listed, imported = ran.stdout.splitlines()
    assert imported == "bot bot.cli"
    assert any(line.split()[:1] == ["serve"] for line in listed)


def test_serving_imports_nothing_that_an_idle_bot_does_without() -> None:
    """Each of these takes megabytes for as long as it runs. What was kept from structlog can be imported later."""
    code = (
        "import sys\nfrom bot.cli import imgbot\nimgbot(['serve', '--help'], standalone_mode=False)\n"
        "tops = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(tops & {'rich', 'cryptography', 'alembic', 'starlette', 'PIL', 'prometheus_client'}))\n"
        "import rich"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_a_command_that_there_is_not_is_said_with_the_nearest() -> None:
    """Nothing is imported for it, and nothing is shown that is no help."""
    with pytest.raises(click.UsageError) as raised:
        imgbot.resolve_command(click.Context(imgbot), ["histroy"])
    assert "history" in raised.value.format_message()


def test_an_account_without_a_name_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs as a user of whom it knows nothing: reading the record is on record all the same."""

    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", nameless)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    assert reader() == f"4711@{socket.gethostname()}"
