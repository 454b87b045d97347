"""What a removal would do, and what holds an image: ``imgbot plan`` and ``imgbot why``."""

import json
import sys
from collections.abc import Iterator

import click
from rich.console import Console

from bot import app, for_programs, printing
from bot.command.forms import RM_PLATFORM
from bot.dockerd.hosts import ANSWER_WITHIN
from bot.flows.abreast import Abreast
from bot.flows.hosts_of import GROUP, hosts_of, no_group, several, strange
from bot.flows.ports import Unreachable
from bot.flows.registries import Registries
from bot.flows.windows import dated
from bot.images.predict import Unsupported, Wanted, printed
from bot.images.predict import plan as plan_words
from bot.images.removal import Doubt, Part, Plan
from bot.images.why import NotHere
from bot.images.why import why as why_held
from bot.settings import Settings
from bot.settings import policy as rules_of
from bot.terminal import looked, plainly, settings_of, windows


@click.command(context_settings={"ignore_unknown_options": False})
@click.option("-H", "--host", help="The host, where more than one is configured; @GROUP or all for several.")
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
    settings, wanted = settings_of(context), Wanted(words=images, force=force, prune=not no_prune)
    if host is not None and several(host):
        sys.exit(_on_each(settings, host, wanted, as_json=as_json))
    daemon, inventory = looked(settings, host)
    made = plan_words(inventory, wanted)
    if not isinstance(made, Plan):
        raise click.ClickException(made.why if isinstance(made, Unsupported) else made.message)
    made = Registries(now=app.now).graded(daemon, made, inventory)
    answer = printed(made)
    if as_json:
        click.echo(json.dumps(for_programs.plan_json(made), indent=2))
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


def _on_each(settings: Settings, word: str, wanted: Wanted, *, as_json: bool) -> int:
    """Print a plan for each of several hosts, looked at side by side; return 1 where any would not go through."""
    daemons, groups = app.daemons(settings), app.host_groups(settings)
    hosts = hosts_of(word, daemons, groups)
    if (part := strange(word, daemons, groups)) is not None and not part.startswith(GROUP):
        raise click.ClickException(f'There is no host "{part}". I know {", ".join(daemons)}.')
    if not hosts:
        raise click.ClickException(" ".join(no_group(word, groups)))
    waits = {name: host.timeout for name, host in settings.file.hosts.items()}

    def planned(host: str) -> Plan | str:
        inventory = daemons[host].inventory()
        if isinstance(inventory, Unreachable):
            return inventory.why
        made = plan_words(dated(inventory, windows(settings)), wanted)
        if isinstance(made, Plan):
            return Registries(now=app.now).graded(daemons[host], made, inventory)
        return made.why if isinstance(made, Unsupported) else made.message

    found = {
        host: made or f"{host} did not answer in its time."
        for host, made in Abreast(planned, lambda host: waits.get(host, ANSWER_WITHIN)).each(hosts)
    }
    if as_json:
        told = {
            h: {"error": made} if isinstance(made, str) else for_programs.plan_json(made) for h, made in found.items()
        }
        click.echo(json.dumps(told, indent=2))
    else:
        for host, made in found.items():
            _print_of(host, made)
    return max(1 if isinstance(made, str) else printed(made).exit_code for made in found.values())


def _print_of(host: str, made: Plan | str) -> None:
    click.echo(f"{host}:")
    if isinstance(made, str):
        click.echo(f"imgbot: {made}", err=True)
        return
    answer = printed(made)
    for line in answer.stdout:
        click.echo(line)
    for line in (*answer.stderr, *_beside(made)):
        click.echo(line, err=True)


def _beside(made: Plan) -> Iterator[str]:
    """Yield what Docker does not say, for stderr: what is in doubt, and how each image that goes can be had back."""
    yield from dict.fromkeys(_doubt(doubt) for step in made.steps for doubt in step.doubts)
    for name, grade in printing.grades(made):
        yield f"imgbot: {name}: {grade}"


def _doubt(doubt: Doubt) -> str:
    """Return why a part of what was printed is *at most*."""
    most = "at most these layers" if doubt.part is Part.LAYERS else "Docker may refuse some of this"
    return f"imgbot: {most}: {doubt.why}"
