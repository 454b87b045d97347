"""The command line. Answers go to stdout, everything else to stderr; errors say what, why and what next."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import click
from rich.console import Console

import bot
from bot import app, logs, printing
from bot.auditing import audit as audit_commands
from bot.command.forms import RM_PLATFORM
from bot.configured import config as config_commands
from bot.demo import demo as demo_workspace
from bot.flows.registries import Registries
from bot.images.predict import Unsupported, Wanted, printed
from bot.images.predict import plan as plan_words
from bot.images.removal import Doubt, Part, Plan
from bot.images.why import NotHere
from bot.images.why import why as why_held
from bot.keeping import db as db_commands
from bot.lookup import history, show, stats
from bot.manifest import manifest_command
from bot.service import Service
from bot.settings import policy as rules_of
from bot.terminal import looked, plainly, settings_of


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(bot.__version__, prog_name="imgbot")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="imgbot.toml (or IMGBOT_CONFIG).")
@click.pass_context
def imgbot(context: click.Context, config: Path | None) -> None:
    """Remove Docker images from a team's hosts: planned, approved, on record."""
    context.obj = config


@imgbot.command(context_settings={"ignore_unknown_options": False})
@click.option("-H", "--host", help="The host, where more than one is configured.")
@click.option("-f", "--force", is_flag=True, help="As docker image rm --force.")
@click.option("--no-prune", is_flag=True, help="As docker image rm --no-prune.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option("--platform", multiple=True, hidden=True)
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.pass_context
@plainly
def plan(  # noqa: PLR0913, PLR0917 -- an argument for each option, by name
    context: click.Context,
    host: str | None,
    force: bool,
    no_prune: bool,
    as_json: bool,
    platform: tuple[str, ...],
    images: tuple[str, ...],
) -> None:
    """Print what `docker image rm` would print, with its exit code, and remove nothing.

    How each image that would go can be had back is asked of its registry and said on stderr.
    """
    if platform:
        raise click.ClickException(RM_PLATFORM.unsupported)
    daemon, inventory = looked(settings_of(context), host)
    made = plan_words(inventory, Wanted(words=images, force=force, prune=not no_prune))
    if not isinstance(made, Plan):
        raise click.ClickException(made.why if isinstance(made, Unsupported) else made.message)
    made = Registries(now=app.now).graded(daemon, made, inventory)
    answer = printed(made)
    if as_json:
        click.echo(json.dumps(printing.plan_json(made), indent=2))
        sys.exit(answer.exit_code)
    for line in answer.stdout:
        click.echo(line)
    for line in (*answer.stderr, *_beside(made)):
        click.echo(line, err=True)
    sys.exit(answer.exit_code)


@imgbot.command()
@click.option("-H", "--host", help="The host, where more than one is configured.")
@click.argument("image", metavar="IMAGE")
@click.pass_context
@plainly
def why(context: click.Context, host: str | None, image: str) -> None:
    """Print what holds an image: names, containers, what was built on it, and who shares its layers."""
    settings = settings_of(context)
    daemon, inventory = looked(settings, host)
    protections = rules_of(settings.file).protections
    held = why_held(inventory, image, protections)
    if isinstance(held, NotHere):
        hint = held.hint or f"What became of it may be on record: imgbot history {image}"
        raise click.ClickException(f"{held.message}. {hint}")
    held = why_held(daemon.measured(inventory, [held.image.id]), image, protections)
    if not isinstance(held, NotHere):
        printing.why(Console(), held)


def _beside(made: Plan) -> Iterator[str]:
    """Yield what Docker does not say, for stderr: what is in doubt, and how each image that goes can be had back."""
    yield from dict.fromkeys(_doubt(doubt) for step in made.steps for doubt in step.doubts)
    for name, grade in printing.grades(made):
        yield f"imgbot: {name}: {grade}"


def _doubt(doubt: Doubt) -> str:
    """Return why a part of what was printed is *at most*."""
    most = "at most these layers" if doubt.part is Part.LAYERS else "Docker may refuse some of this"
    return f"imgbot: {most}: {doubt.why}"


@imgbot.command()
@click.pass_context
@plainly
def serve(context: click.Context) -> None:
    """Run the bot. SIGHUP has it read its rules again."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there are rules that can be read again
    service = Service(settings_of(context))
    service.start()
    _wait_for_signal(service.reload)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _at_once)
    service.stop()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # Python would wait for threads that ask a daemon that does not answer; all that counts is written


def _at_once(number: int, _: object) -> None:
    """End without waiting for anything: whoever says so a second time means it. Claims run out by themselves."""
    os._exit(128 + number)


def _wait_for_signal(on_hangup: Callable[[], None] | None = None) -> None:
    """Return when the process is told to end. At each SIGHUP call *on_hangup*, where it is given."""
    told: SimpleQueue[int] = SimpleQueue()  # may be put to from a signal's handler
    for number in (signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if on_hangup else [])):
        signal.signal(number, lambda number, _: told.put(number))
    while told.get() == signal.SIGHUP and on_hangup:
        on_hangup()


@imgbot.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes any free one.")
@click.option("--daemon", default="simulated", show_default=True, help="simulated, auto (this machine's) or a URL.")
@plainly
def demo(port: int, daemon: str) -> None:
    """Start a Slack workspace on this machine, and the bot in it. Nothing to sign up for."""
    logs.configure("text")
    with demo_workspace(port, daemon) as url:
        click.echo(f"The workspace is open at {url} (Ctrl-C ends it).")
        _wait_for_signal()


imgbot.add_command(config_commands)
imgbot.add_command(history)
imgbot.add_command(show)
imgbot.add_command(audit_commands)
imgbot.add_command(stats)
imgbot.add_command(db_commands)
imgbot.add_command(manifest_command)
