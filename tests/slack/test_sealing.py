"""What Slack delivered is believed only where this app kept it."""

import json
from dataclasses import replace

import pytest

from bot.db.store import Delivery
from bot.slack import payloads
from bot.slack.payloads import CLICK
from bot.slack.sealing import Seal
from tests.approval.examples import NOW

OURS = Seal("xapp-1")
CLICKED = payloads.Received(
    key="click:1",
    kind=CLICK,
    body=json.dumps(
        {"team": "T0", "user": "U0LEAD", "channel": "C0", "ts": "1.0", "button": "img_approve", "value": "t", "url": ""}
    ),
)


def delivered(received: payloads.Received) -> Delivery:
    """Return a delivery as it is taken from the table."""
    return Delivery(key=received.key, kind=received.kind, body=received.body, received_at=NOW, attempts=1)


def test_what_was_kept_is_read_back() -> None:
    """With the seal, and as it was."""
    assert OURS.read(delivered(OURS.sealed(CLICKED))) == payloads.read(delivered(CLICKED)) is not None


@pytest.mark.parametrize(
    "forged",
    [
        delivered(CLICKED),
        delivered(replace(OURS.sealed(CLICKED), key="click:2")),
        delivered(replace(OURS.sealed(CLICKED), kind="command")),
        delivered(replace(OURS.sealed(CLICKED), body=OURS.sealed(CLICKED).body.replace("U0LEAD", "U0DEV"))),
        delivered(Seal("xapp-2").sealed(CLICKED)),
        delivered(replace(CLICKED, body="")),
    ],
)
def test_what_somebody_wrote_into_the_table_is_dropped(forged: Delivery) -> None:
    """Without a seal, with that of another delivery, changed, or sealed with another token."""
    assert OURS.read(forged) is None


def test_the_token_is_not_shown() -> None:
    """Not by whoever logs the seal."""
    assert "xapp" not in repr(OURS)
