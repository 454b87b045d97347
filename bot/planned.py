"""What a removal would do, and what holds an image: ``imgbot plan`` and ``imgbot why``."""

import json
import sys
from collections.abc import Iterator

import click
from rich.console import Console

from bot import app, printing
from bot.command.forms import RM_PLATFORM
from bot.flows.registries import Registries
from bot.images.predict import Unsupported, Wanted, printed
from bot.images.predict import plan as plan_words
from bot.images.removal import Doubt, Part, Plan
from bot.images.why import NotHere
from bot.images.why import why as why_held
from bot.settings import policy as rules_of
from bot.terminal import looked, plainly, settings_of


@click.command(context_settings={"ignore_unknown_options": False})
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


@click.command()
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
