"""The ways in: how Slack reaches the bot, by Socket Mode or by HTTP with the same listeners; and the HTTP server."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slack_bolt import App

from bot.settings import BadSettings, HttpTable, Settings, secret
from bot.slack.socket_mode import SocketMode

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bot.slack.http import HttpMode
    from bot.web.running import Running
    from bot.web.told import Told

Acknowledged = Callable[[float], None]
"""Told how many seconds it took until a delivery was acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What Slack gave us. ``way`` is the app-level token of Socket Mode, or the signing secret of HTTP mode."""

    bot: str = field(repr=False)
    way: str = field(repr=False)


def secrets_of(settings: Settings) -> Secrets:
    """Return what the way in that is chosen needs. Raises ``BadSettings`` where something of it is missing."""
    given = settings.environment
    bot = secret(given.slack_bot_token, given.slack_bot_token_file, "SLACK_BOT_TOKEN")
    return Secrets(bot=bot.get_secret_value(), way=way_secret(settings))


def way_secret(settings: Settings) -> str:
    """Return the app-level token of Socket Mode, or the signing secret of HTTP mode."""
    given = settings.environment
    if settings.by_http:
        found = secret(given.slack_signing_secret, given.slack_signing_secret_file, "SLACK_SIGNING_SECRET")
    else:
        found = secret(given.slack_app_token, given.slack_app_token_file, "SLACK_APP_TOKEN")
    return found.get_secret_value()


def way_in(settings: Settings, app: App, secrets: Secrets, acknowledged: Acknowledged) -> "SocketMode | HttpMode":
    """Return how Slack reaches *app*."""
    if not settings.by_http:
        connections = settings.file.slack.connections if settings.file.slack else 1
        url = settings.environment.slack_api_url
        return SocketMode(app, secrets.way, url, connections=connections, acknowledged=acknowledged)
    from bot.slack.http import HttpMode  # noqa: PLC0415 -- a bot that connects to Slack does without a server

    return HttpMode(app, secrets.way, acknowledged)


def is_told(settings: Settings) -> bool:
    """Whether the bot tells of itself over HTTP."""
    return settings.file.http is not None or settings.by_http


def server(settings: Settings, told: "Told", *routes: "BaseRoute") -> "Running | None":
    """Return the HTTP server, bound and not started; None where none is asked for.

    Raises ``BadSettings`` where it cannot listen there.
    """
    if not is_told(settings):
        return None
    from bot.web.running import Running  # noqa: PLC0415 -- as above
    from bot.web.site import site  # noqa: PLC0415 -- as above

    return Running(site(told, *routes), _bound((settings.file.http or HttpTable()).listen))


def _bound(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, int(port)), family=family)
    except (OSError, OverflowError) as error:
        why = f"[http] listen: nothing can listen at {listen} ({error}). Choose another address or port."
        raise BadSettings((why,)) from error
