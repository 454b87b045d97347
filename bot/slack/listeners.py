"""What Slack calls: commit the delivery, acknowledge it, and nothing else.

Nothing may escape a listener: an exception after ``ack()`` takes the acknowledgement back (slack-bolt,
``thread_runner.py``). A delivery that cannot be committed is answered with that.
"""

import re
from collections.abc import Callable

import structlog
from slack_bolt import Ack, App

from bot.slack import forms, payloads
from bot.slack.blocks import Block
from bot.slack.mrkdwn import cut
from bot.slack.naming import IMG, Naming
from bot.slack.payloads import Payload, Received

ANYTHING = re.compile(".*", re.DOTALL)
ABOUT_A_GROUP = re.compile("subteam_.*")
NO_RECORD = "I can't write the record, so I won't act. Nothing was done; try again in a minute."

Keep = Callable[[Received], None]
"""Commits a delivery; once, however often it comes."""
Offer = Callable[[Payload], list[Block]]
"""Returns what can be chosen by the letters that somebody typed."""

log = structlog.get_logger()


def listen(app: App, keep: Keep, offer: Offer, naming: Naming = IMG) -> None:
    """Register every listener. Whatever Slack delivers is acknowledged, also what means nothing to us."""

    @app.command(ANYTHING)
    def _command(ack: Ack, body: Payload) -> None:
        answer = _kept(keep, payloads.command, body)
        ack(answer) if answer else ack()

    @app.action(ANYTHING)
    def _action(ack: Ack, body: Payload) -> None:
        if not _kept(keep, payloads.click, body):
            ack()  # otherwise Slack shows the person that the button failed, which is true

    @app.view(ANYTHING)
    def _view(ack: Ack, body: Payload) -> None:
        faults = forms.faults(body)
        if not faults and (answer := _kept(keep, payloads.submission, body)):
            faults = forms.all_faulty(body, answer)
        ack(response_action="errors", errors=_renamed(faults, naming)) if faults else ack()

    @app.event(ABOUT_A_GROUP)
    def _group(ack: Ack, body: Payload) -> None:
        if not _kept(keep, payloads.group, body):
            ack()  # otherwise Slack delivers the event again

    @app.shortcut(ANYTHING)
    def _shortcut(ack: Ack, body: Payload) -> None:
        if not _kept(keep, payloads.shortcut, body):
            ack()  # otherwise Slack says that it failed

    @app.event("app_home_opened")
    def _home(ack: Ack, body: Payload) -> None:
        if not _kept(keep, payloads.home, body):
            ack()

    @app.options(ANYTHING)
    def _options(ack: Ack, body: Payload) -> None:
        ack(options=_offered(offer, body))

    @app.event(ANYTHING)
    def _rest(ack: Ack) -> None:
        ack()


def _renamed(faults: dict[str, str], naming: Naming) -> dict[str, str]:
    return {name: cut(naming.text(why), forms.ERROR) for name, why in faults.items()}


def _offered(offer: Offer, body: Payload) -> list[Block]:
    """Return what can be chosen; nothing where that goes wrong, for Slack then says that nothing was found."""
    try:
        return offer(body)
    except Exception:
        log.exception("nothing offered")
        return []


def _kept(keep: Keep, reading: Callable[[Payload], Received | None], body: Payload) -> str:
    """Commit a delivery, where it is one. Returns what to say where that failed."""
    try:
        received = reading(body)
        if received is not None:
            keep(received)
    except Exception:
        log.exception("delivery not kept")
        return NO_RECORD
    return ""
