"""Late answers: what Slack did not take for one person alone is kept and said again, for some minutes.

It is kept among the deliveries, so whoever is at work says it: after a restart, or another replica.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.db.store import LATE, Arrived, Delivery
from bot.flows.answers import Answer
from bot.flows.pauses import pause
from bot.flows.ports import Clock, Conversation, Late, ReplyTo, Unsaid

KEPT = timedelta(minutes=10)
"""How long an answer is tried: later nobody waits for it, and Slack's response URLs end soon after."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer to be kept among the deliveries, and when it is ``due``."""

    arrived: Arrived
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Answers people. *written* makes of a late answer what is kept of it."""

    conversation: Conversation
    now: Clock
    written: Callable[[Late, datetime], Arrived]

    def answer(self, key: str, to: ReplyTo, answer: Answer) -> tuple[Kept, ...]:
        """Answer what was delivered under *key*; return what has to be kept where Slack did not take it."""
        unsaid = self.conversation.answer(to, answer)
        if unsaid is None or _is_over(unsaid, timedelta(0), key):
            return ()
        now = self.now()
        late = Late(key=f"{LATE}:{key}", reply_to=to, drawn=unsaid.drawn)
        return (Kept(arrived=self.written(late, now), due=now + unsaid.failed.again_in),)

    def is_in_time(self, delivery: Delivery) -> bool:
        """Whether an answer that was kept is still waited for."""
        return self.now() - delivery.received_at < KEPT

    def again(self, late: Late, delivery: Delivery) -> datetime | None:
        """Say it once more. Returns when that is to be done again; None where it is said, or too late by now."""
        unsaid = self.conversation.answer(late.reply_to, late.drawn)
        if unsaid is None:
            return None
        rest = max(unsaid.failed.again_in, pause(delivery.attempts))
        now = self.now()
        return None if _is_over(unsaid, now + rest - delivery.received_at, late.key) else now + rest


def _is_over(unsaid: Unsaid, age: timedelta, key: str) -> bool:
    """Whether an answer is let go: nobody takes it, or nobody waits for it any more."""
    over = unsaid.failed.never or max(age, unsaid.failed.again_in) >= KEPT
    if over:
        log.error("answer never delivered", key=key, error=unsaid.failed.why)
    return over
