"""Logs: JSON lines or text on stderr, secrets struck out."""

import logging
import re
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

SECRET = re.compile(
    r"\bx(?:ox[a-z]|app|oxe)(?:\.xox[a-z])?-[A-Za-z0-9-]+|(?<=://)[^/@\s:]+:[^/@\s]+(?=@)|/(?:commands|actions|response)/[^\s\"']+"
)
"""Slack's tokens, user and password in an address, and response URLs, with which anybody may speak as the bot."""


def configure(form: Literal["json", "text"]) -> None:
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
    """Strike secrets out of every text of a log line."""
    return {key: SECRET.sub("…", value) if isinstance(value, str) else value for key, value in event.items()}
