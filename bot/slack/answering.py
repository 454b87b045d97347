"""Private answers: seen by one person, by whatever way Slack takes them."""

import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from io import BytesIO

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.approval.request import Person
from bot.flows.answers import Answer, Counted
from bot.flows.ports import ReplyTo
from bot.flows.uploads import NotUploaded, Uploaded
from bot.slack import chart
from bot.slack.blocks import Block, Said, context
from bot.slack.faults import warn
from bot.slack.given import HERE, linked
from bot.slack.mrkdwn import escape
from bot.slack.naming import IMG, Naming
from bot.slack.replies import reply
from bot.slack.uploads import share

TIMEOUT = 10
"""Seconds for one call of Slack."""
PROCESSED = (0.0, 1.0, 2.0)
"""Pauses before a picture is shown: Slack knows a file only some time after it was uploaded (python-slack-sdk#1521)."""
NOT_SHOWN = "invalid_blocks"

log = structlog.get_logger()


class Came(Enum):
    """What became of an answer that was sent to a response URL."""

    TAKEN = auto()
    NOT_LIKE_THIS = auto()  # its blocks were refused: another one may be taken
    LOST = auto()


class Answering:
    """Answers people. *directly* writes to one person's direct message."""

    def __init__(
        self,
        client: WebClient,
        directly: Callable[[Person, Said], object],
        pause: Callable[[float], None] = time.sleep,
        naming: Naming = IMG,
    ) -> None:
        self._client = client
        self._directly = directly
        self._naming = naming
        self._pause = pause

    def answer(self, to: ReplyTo, answer: Answer) -> None:
        """Answer one person: by the response URL, an ephemeral message, or, where the bot cannot write, directly."""
        message = self._naming.said(reply(answer))
        if isinstance(answer, Counted) and answer.course.hosts:
            self._with_picture(to, message, answer)
        else:
            self._say(to, message)

    def _say(self, to: ReplyTo, message: Said) -> None:
        if self._respond(to, message) is Came.TAKEN:
            return
        if to.channel:
            self._whisper(to, message)
        else:  # asked for in the Home tab, or by a shortcut
            self._directly(to.person, message)

    def _with_picture(self, to: ReplyTo, message: Said, answer: Counted) -> None:
        """Answer with a picture, or where Slack does not show it there, say where it is.

        Whoever sees a file has to be in a conversation that it was shared in, so it is in their direct message too.
        """
        words = chart.alternative(answer.course, answer.period)
        file = self._shared(to.person, answer, words)
        if isinstance(file, NotUploaded):
            self._say(to, _beside(message, f"The picture could not be given. {escape(file.why)}"))
        elif not self._pictured(to, _with(message, file, words)):
            self._say(to, _beside(message, f"The picture is in {linked(file.link, HERE)}."))

    def _shared(self, person: Person, answer: Counted, words: str) -> Uploaded | NotUploaded:
        picture = chart.drawn(answer.course, answer.period)
        return share(
            self._client,
            person,
            BytesIO(picture),
            length=len(picture),
            name=f"imgbot-stats-{answer.period}.png",
            title=chart.title(answer.course, answer.period),
            comment=escape(words),
            alt=words,
        )

    def _pictured(self, to: ReplyTo, message: Said) -> bool:
        """Answer with a picture, as soon as Slack shows it. Returns whether it does."""
        for pause in PROCESSED:
            self._pause(pause)
            came = self._respond(to, message)
            if came is not Came.NOT_LIKE_THIS:
                return came is Came.TAKEN
        return False

    def _respond(self, to: ReplyTo, message: Said) -> Came:
        if not to.url:
            return Came.LOST
        try:
            response = WebhookClient(to.url, timeout=TIMEOUT, retry_handlers=[]).send(
                text=message.text,
                blocks=list(message.blocks),
                response_type="ephemeral",
                replace_original=to.replaces,
            )
        except (SlackClientError, OSError, ValueError) as error:
            log.warning("answer not delivered", user=to.person.user_id, error=type(error).__name__)
            return Came.LOST
        if response.status_code == 200:  # noqa: PLR2004 -- the webhook client raises for nothing: 404 is a used-up URL
            return Came.TAKEN
        log.warning("answer not delivered", user=to.person.user_id, status=response.status_code)
        return Came.NOT_LIKE_THIS if NOT_SHOWN in response.body else Came.LOST

    def _whisper(self, to: ReplyTo, message: Said) -> None:
        try:
            self._client.chat_postEphemeral(
                channel=to.channel, user=to.person.user_id, text=message.text, blocks=list(message.blocks)
            )
        except SlackApiError as error:  # the bot is not in that channel, as a rule
            warn("answer not delivered by ephemeral message", error, user=to.person.user_id)
            self._directly(to.person, message)
        except (SlackClientError, OSError) as error:
            warn("answer not delivered by ephemeral message", error, user=to.person.user_id)


def _with(message: Said, file: Uploaded, words: str) -> Said:
    """Return *message* with a picture below its headline."""
    picture: Block = {"type": "image", "slack_file": {"id": file.id}, "alt_text": words}
    return replace(message, blocks=(*message.blocks[:1], picture, *message.blocks[1:]))


def _beside(message: Said, mrkdwn: str) -> Said:
    return replace(message, blocks=(*message.blocks, context(mrkdwn)))
