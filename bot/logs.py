"""Logs: JSON lines or text on stderr, secrets struck out, what a line is about bound to all that follow from it."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

Format = Literal["json", "text"]

SECRET = re.compile(
    r"""
    \bx(?:ox[a-z]|app|oxe)(?:\.xox[a-z])?-[A-Za-z0-9-]+           # Slack's tokens
    | (?<=://)[^/\s"'?:]*:[^\s"'/]*(?=@)                           # user and password in an address
    | /(?:commands|actions|response|link)/[^\s"']+                # addresses at which anybody may speak as the bot
    | (?<=[?&]ticket=)[^\s"'&]+                                   # that of a Socket Mode connection
    | (?<=\bpassword=)[^\s"']+                                    # PostgreSQL's other way to write an address
    | \bv0=[0-9a-f]{64}\b                                         # Slack's signature
    | (?i:(?<=registry-auth:\s)|(?<=registry-auth':\s')|(?<=authorization:\s)|(?<=authorization':\s'))[^"',}\r\n]+
    | (?<="auth":")[^"]+ | (?<="password":")[^"]+ | (?<="identitytoken":")[^"]+ | (?<="registrytoken":")[^"]+
    | (?<="auth":\s")[^"]+ | (?<="password":\s")[^"]+ | (?<="identitytoken":\s")[^"]+ | (?<="registrytoken":\s")[^"]+
    """,
    re.VERBOSE,
)
"""What a secret looks like: Slack's, the database's, and what a registry is given (``~/.docker/config.json``)."""
LEAST = 6
"""Characters of a secret that is known: less would strike out words."""

_known: set[str] = set()


def conceal(*secrets: str) -> None:
    """Strike these out from now on, wherever they stand: not every secret looks like one."""
    _known.update(secret for secret in secrets if len(secret) >= LEAST)


def configure(form: Format) -> None:
    """Set up the logs of this process, those of the libraries included."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, struck_out, structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            structlog.processors.format_exc_info,
            struck_out,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("slack_bolt", "slack_sdk", "urllib3", "aiohttp", "alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def struck_out(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Strike secrets out of everything in a log line."""
    return {key: _struck(value) for key, value in event.items()}


def _struck(value: object) -> object:
    match value:
        case str():
            return _of_text(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {_of_text(str(key)): _struck(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_struck(inner) for inner in value]
        case _:
            told = repr(value)  # as it would be written
            struck = _of_text(told)
            return value if struck == told else struck


def _of_text(text: str) -> str:
    for secret in _known:
        text = text.replace(secret, "…")
    return SECRET.sub("…", text)
