"""The command line. Answers go to stdout, everything else to stderr; errors say what, why and what next.

Importing all that the commands need takes a second, so each is imported when it is called.
"""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

import bot


class Later(click.Command):
    """A command that is listed by its name and *short* help, and imported by *load* when it is called."""

    def __init__(self, name: str, short: str, load: Callable[[], click.Command]) -> None:
        super().__init__(name, short_help=short)
        self.load = load


class Commands(click.Group):
    """A group that imports the command it is asked for, and no other; none to list them or to complete a name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return what click does, with the command itself."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, _imported(command) if isinstance(command, Later) else command, rest


def _imported(command: Later) -> click.Command:
    gc.disable()  # much is made and all of it stays: looking through it again and again takes a tenth of the time
    try:
        return command.load()
    finally:
        gc.enable()


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Have imports fail to find a module for a moment, unless it is there already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # so documented: sys.modules in Python's reference, 5.3.1
    try:
        yield
    finally:
        del sys.modules[module]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(bot.__version__, prog_name="imgbot")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="imgbot.toml (or IMGBOT_CONFIG).")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How logs are written (or IMGBOT_LOG_FORMAT).")
@click.pass_context
def imgbot(context: click.Context, config: Path | None, log_format: str | None) -> None:
    """Remove Docker images from a team's hosts: planned, approved, on record."""
    context.obj = config
    context.meta["log_format"] = log_format


def _audit() -> click.Command:
    from bot.auditing import audit

    return audit


def _config() -> click.Command:
    from bot.configured import config

    return config


def _db() -> click.Command:
    from bot.keeping import db

    return db


def _demo() -> click.Command:
    from bot.demo import demo_

    return demo_


def _doctor() -> click.Command:
    from bot.doctor import doctor

    return doctor


def _history() -> click.Command:
    from bot.lookup import history

    return history


def _hosts() -> click.Command:
    from bot.hosts import hosts

    return hosts


def _manifest() -> click.Command:
    from bot.manifest import manifest_command

    return manifest_command


def _plan() -> click.Command:
    from bot.planned import plan

    return plan


def _serve() -> click.Command:
    with _without("rich"):  # structlog looks for it, to colour tracebacks with 4 MB of it; the log has them plain
        import structlog  # noqa: F401
    from bot.serving import serve

    return serve


def _show() -> click.Command:
    from bot.lookup import show

    return show


def _stats() -> click.Command:
    from bot.lookup import stats

    return stats


def _why() -> click.Command:
    from bot.planned import why

    return why


for name, short, load in (  # each as its own help begins (tests/test_command_line.py)
    ("audit", "Prove the record.", _audit),
    ("config", "Check the file of settings, or ask which rule decides.", _config),
    ("db", "Keep the database: up to date, checked, backed up, restored, moved.", _db),
    ("demo", "Start a Slack workspace on this machine, and the bot in it.", _demo),
    ("doctor", "Look at everything that the bot needs: tokens, scopes, channels, approvers, hosts, database.", _doctor),
    (
        "history",
        "Print what was removed, newest first: names, image IDs, layers, who asked and who approved.",
        _history,
    ),
    (
        "hosts",
        "Print every host: whether it answers, version, store, images, disk, and when it was heard last.",
        _hosts,
    ),
    ("manifest", "Print the manifest of the Slack app: paste it under Create New App, From a manifest.", _manifest),
    ("plan", "Print what `docker image rm` would print, with its exit code, and remove nothing.", _plan),
    ("serve", "Run the bot.", _serve),
    ("show", "Print one request: what was planned, who decided, what happened, what went.", _show),
    (
        "stats",
        "Print what was removed and freed in the last PERIOD: by host, person and repository; and how good plans were.",
        _stats,
    ),
    ("why", "Print what holds an image: names, containers, what was built on it, and who shares its layers.", _why),
):
    imgbot.add_command(Later(name, short, load))
