"""Deliveries are sealed when they are kept: whoever can write the table of them cannot make up a click.

The key comes from the app's token, which the database does not have. Replicas have the same token, and so the same key.
"""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from bot.db.store import Arrived, Delivery
from bot.flows.ports import Delivered, Late
from bot.slack import payloads

log = structlog.get_logger()

_PURPOSE = b"imgbot: what Slack delivered"


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals what is kept, and reads only what is sealed. ``token`` is the app-level token."""

    token: str = field(repr=False)

    def sealed(self, received: payloads.Received) -> payloads.Received:
        """Return a delivery whose body begins with its seal."""
        return replace(received, body=f"{self._of(received.key, received.kind, received.body)} {received.body}")

    def read(self, delivery: Delivery) -> Delivered | None:
        """Read a delivery back; None where it is not sealed as it should be, or none of ours."""
        seal, _, body = delivery.body.partition(" ")
        if not hmac.compare_digest(seal.encode(), self._of(delivery.key, delivery.kind, body).encode()):
            log.error("delivery not sealed by this app: dropped", key=delivery.key)
            return None
        return payloads.read(replace(delivery, body=body))

    def late(self, answer: Late, at: datetime) -> Arrived:
        """Return what is kept of an answer that Slack did not take at this moment."""
        kept = self.sealed(payloads.late(answer))
        return Arrived(key=kept.key, kind=kept.kind, body=kept.body, at=at)

    def _of(self, key: str, kind: str, body: str) -> str:
        told = f"{key}\x00{kind}\x00{body}".encode()
        secret = hashlib.sha256(_PURPOSE + self.token.encode()).digest()
        return hmac.new(secret, told, hashlib.sha256).hexdigest()
