"""Logs: secrets never get into them."""

import pytest

from bot.logs import struck_out


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("token xoxb-123-abc failed", "xoxb-123-abc"),
        ("xapp-1-A0-9-ff is invalid", "xapp-1-A0-9-ff"),
        ("postgresql://imgbot:hunter2@db/imgbot", "hunter2"),
        ("POST https://hooks.slack.com/commands/T0/1/secret 404", "T0/1/secret"),
        ("Traceback\n  File x\nSlackApiError: xoxe.xoxb-1-abc", "xoxe.xoxb-1-abc"),
    ],
)
def test_a_secret_is_struck_out(text: str, secret: str) -> None:
    """Whatever line it is in."""
    line = struck_out(None, "info", {"event": text, "number": 3})
    assert secret not in str(line)
    assert "…" in str(line)


def test_everything_else_stays() -> None:
    """Names, IDs and numbers are what logs are for."""
    event = {"event": "message not delivered", "user": "U0DEV", "reference": "redis@sha256:1f", "number": 3}
    assert struck_out(None, "info", dict(event)) == event
