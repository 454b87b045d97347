"""``imgbot manifest``: the Slack app, to be pasted when it is made."""

import json
import re
from collections.abc import Iterator, Mapping

import click

from bot.command.refusal import COMMAND
from bot.settings import load
from bot.slack.manifest import SLASH_COMMAND, SLASH_COMMAND_IS, Chosen, Written, manifest
from bot.slack.scopes import CONNECTIONS, WHY
from bot.terminal import plainly

_NAME = re.compile(r"[a-z0-9._-]{1,35}", re.ASCII)
_COMMAND = re.compile(SLASH_COMMAND, re.ASCII)
_URL = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?", re.ASCII)


@click.command("manifest")
@click.option("--name", default="imgbot", show_default=True, help="What the app and its user are called.")
@click.option("--command", help="The slash command: without it what imgbot.toml says, or /img.")
@click.option("--url", default="", metavar="URL", help="HTTP mode: where Slack reaches the bot, https://…")
@click.option("--yaml", "as_yaml", is_flag=True, help="YAML, each scope with its reason beside it.")
@click.pass_context
@plainly
def manifest_command(context: click.Context, name: str, command: str | None, url: str, *, as_yaml: bool) -> None:
    """Print the manifest of the Slack app: paste it under Create New App, From a manifest.

    Without --url it is for Socket Mode. Why each scope is asked for is said on stderr, or in the YAML.
    """
    _check(_NAME, name, "--name", "1 to 35 small letters, digits, dots, dashes and underscores, such as imgbot")
    configured = _configured(context)
    command = command or configured
    _check(_COMMAND, command, "--command", SLASH_COMMAND_IS)
    if url:
        _check(_URL, url, "--url", "an address that begins with https://, such as https://imgbot.example.com")
    made = manifest(Chosen(name=name, command=command, url=url))
    if as_yaml:
        click.echo("\n".join(yaml(made, WHY)))
        return
    click.echo(json.dumps(made, indent=2))
    for scope, why in WHY.items():
        click.echo(f"{scope}: {why}", err=True)
    if command != configured:
        click.echo(f'Besides, write command = "{command}" under [slack] in imgbot.toml.', err=True)
    if not url:
        click.echo(f"Besides, make an app-level token with {CONNECTIONS} (Basic Information).", err=True)


def _configured(context: click.Context) -> str:
    """Return what the file of settings calls the command, where there is one already."""
    slack = load(context.find_root().obj).file.slack
    return slack.command if slack else COMMAND


def _check(pattern: re.Pattern[str], value: str, option: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise click.BadParameter(f'"{value}" is not {what}.', param_hint=option)


def yaml(value: Written, remarks: Mapping[str, str], indent: str = "") -> Iterator[str]:
    """Yield the lines of *value* in YAML; texts are quoted as in JSON, which YAML takes. *remarks* stand beside."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                yield f"{indent}{key}:"
                yield from yaml(inner, remarks, indent + "  ")
            else:
                yield f"{indent}{key}: {json.dumps(inner)}"
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                first, *rest = yaml(inner, remarks, indent + "  ")
                yield f"{indent}- {first.lstrip()}"
                yield from rest
            else:
                remark = f"  # {remarks[inner]}" if isinstance(inner, str) and inner in remarks else ""
                yield f"{indent}- {json.dumps(inner)}{remark}"
