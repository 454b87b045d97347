"""The ways in: how Slack reaches the bot, by Socket Mode or by HTTP with the same listeners; and the HTTP server."""

import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.settings import BadSettings, HttpTable, Settings, secret
from bot.slack.socket_mode import SocketMode

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bot.slack.http import HttpMode
    from bot.web.metrics import Metrics
    from bot.web.running import Running
    from bot.web.told import Told

log = structlog.get_logger()


BAD_TOKEN = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})
LONGEST_PAUSE = 30.0


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


def identified(client: WebClient) -> AuthorizeResult:
    """Return who we are, and in which workspace, waiting for Slack where it does not answer.

    Raises ``BadSettings`` where it answers that the token is none: waiting would not mend that.
    """
    pause = 1.0
    while True:
        try:
            return _identity(client)
        except SlackApiError as error:
            why = str(error.response.get("error", ""))
            if why in BAD_TOKEN:
                raise BadSettings((f"SLACK_BOT_TOKEN: Slack says {why}. Use the app's bot token (xoxb-…).",)) from error
            log.warning("Slack not reached", error=why, again_in=pause)
        except (SlackClientError, OSError) as error:
            log.warning("Slack not reached", error=type(error).__name__, again_in=pause)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _identity(client: WebClient) -> AuthorizeResult:
    us = AuthorizeResult.from_auth_test_response(bot_token=client.token, auth_test_response=client.auth_test())
    if not us.team_id:
        raise BadSettings(("SLACK_API_URL: auth.test does not say which workspace (team_id) the token is of.",))
    return us


def app_token_works(client: WebClient, app_token: str) -> None:
    """Raise ``BadSettings`` where Slack says that the app token is none. Anything else is tried again later."""
    try:
        client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        why = str(error.response.get("error", ""))
        if why in BAD_TOKEN | {"not_allowed_token_type", "missing_scope"}:
            text = f"SLACK_APP_TOKEN: Slack says {why}. Use an app-level token (xapp-…) with connections:write."
            raise BadSettings((text,)) from error
    except (SlackClientError, OSError) as error:
        log.warning("Slack not reached", error=type(error).__name__)


def bolt_app(us: AuthorizeResult, api_url: str) -> App:
    """Return Bolt's app, told who we are: it would ask Slack once more, and give up where that does not answer."""
    return App(
        client=WebClient(base_url=api_url),
        authorize=lambda: us,
        process_before_response=True,
        request_verification_enabled=False,
    )


def way_in(settings: Settings, app: App, secrets: Secrets, metrics: "Metrics | None") -> "SocketMode | HttpMode":
    """Return how Slack reaches *app*."""
    acknowledged = metrics.acknowledged if metrics else _untold
    if not settings.by_http:
        connections = settings.file.slack.connections if settings.file.slack else 1
        url = settings.environment.slack_api_url
        return SocketMode(app, secrets.way, url, connections=connections, acknowledged=acknowledged)
    from bot.slack.http import HttpMode  # noqa: PLC0415 -- a bot that connects to Slack does without a server

    return HttpMode(app, secrets.way, acknowledged)


def _untold(_: float) -> None:
    """Tell nobody."""


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
