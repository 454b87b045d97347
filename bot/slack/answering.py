"""Private answers: seen by one person, by whatever way Slack takes them."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from io import BytesIO

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.approval.request import Person
from bot.flows.answers import Answer, Counted
from bot.flows.ports import Drawn, ReplyTo, Shown, Undelivered, Unsaid
from bot.flows.uploads import NotUploaded, Uploaded
from bot.slack import chart
from bot.slack.blocks import Block, Said, context
from bot.slack.faults import FAULTS, is_refusal, undelivered, warn, why
from bot.slack.given import HERE, linked
from bot.slack.mrkdwn import escape
from bot.slack.naming import IMG, Naming
from bot.slack.replies import reply
from bot.slack.tried import REFUSALS, TOO_LONG, Surface, Tried
from bot.slack.uploads import share

TIMEOUT = 10
"""Seconds for one call of Slack."""
PROCESSED = (0.0, 1.0, 2.0)
"""Pauses before a picture is shown: Slack knows a file only some time after it was uploaded (python-slack-sdk#1521)."""
REFUSED = re.compile("|".join(sorted((*REFUSALS, TOO_LONG), key=len, reverse=True)))
"""What a response URL says of blocks that are not shown there."""

log = structlog.get_logger()


class Came(Enum):
    """What became of an answer that was sent to a response URL."""

    TAKEN = auto()
    NOT_LIKE_THIS = auto()  # its blocks were refused: another one may be taken
    LOST = auto()


class Answering:
    """Answers people. *directly* writes to one person's direct message; *tried* knows what is shown where.

    What Slack did not take by any way is returned, to be said again.
    """

    def __init__(
        self,
        client: WebClient,
        directly: Callable[[Person, Said], Shown | Undelivered],
        pause: Callable[[float], None] = time.sleep,
        *,
        naming: Naming = IMG,
        tried: Tried | None = None,
    ) -> None:
        self._client = client
        self._directly = directly
        self._naming = naming
        self._pause = pause
        self._tried = tried or Tried()

    def answer(self, to: ReplyTo, answer: Answer | Drawn) -> Unsaid | None:
        """Answer one person: by the response URL, an ephemeral message, or, where the bot cannot write, directly."""
        if isinstance(answer, str):
            return self._say(to, _read_back(answer))
        message = reply(answer)
        if isinstance(answer, Counted) and answer.course.hosts:
            return self._with_picture(to, message, answer)
        return self._say(to, message)

    def _say(self, to: ReplyTo, message: Said) -> Unsaid | None:
        if self._respond(to, message) is Came.TAKEN:
            return None
        # asked for in the Home tab, or by a shortcut, there is no channel
        said = self._whisper(to, message) if to.channel else self._directly(to.person, message)
        return Unsaid(drawn=_drawn(message), failed=said) if isinstance(said, Undelivered) else None

    def _with_picture(self, to: ReplyTo, message: Said, answer: Counted) -> Unsaid | None:
        """Answer with a picture, or where Slack does not show it there, say where it is.

        Whoever sees a file has to be in a conversation that it was shared in, so it is in their direct message too.
        """
        words = chart.alternative(answer.course, answer.period)
        file = self._shared(to.person, answer, words)
        if isinstance(file, NotUploaded):
            return self._say(to, _beside(message, f"The picture could not be given. {escape(file.why)}"))
        if self._pictured(to, _with(message, file, words)):
            return None
        return self._say(to, _beside(message, f"The picture is in {linked(file.link, HERE)}."))

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
        """Answer by the response URL: without newer blocks where it takes none."""
        if not to.url:
            return Came.LOST
        sent = self._tried.fit(Surface.RESPONSE_URL, message)
        came, refused = self._sent(to, sent)
        plainer = self._tried.instead(Surface.RESPONSE_URL, sent, refused)
        return self._sent(to, plainer)[0] if plainer else came

    def _sent(self, to: ReplyTo, message: Said) -> tuple[Came, str]:
        """Return what became of an answer, and Slack's word where its blocks were refused."""
        message = self._naming.said(message)
        try:
            response = WebhookClient(to.url, timeout=TIMEOUT, retry_handlers=[]).send(
                text=message.text,
                blocks=list(message.blocks),
                response_type="ephemeral",
                replace_original=to.replaces,
            )
        except (SlackClientError, OSError, ValueError) as error:
            log.warning("answer not delivered", user=to.person.user_id, error=type(error).__name__)
            return Came.LOST, ""
        if response.status_code == 200:  # noqa: PLR2004 -- the webhook client raises for nothing: 404 is a used-up URL
            return Came.TAKEN, ""
        log.warning("answer not delivered", user=to.person.user_id, status=response.status_code)
        refused = REFUSED.search(response.body)
        return (Came.NOT_LIKE_THIS, refused[0]) if refused else (Came.LOST, "")

    def _whisper(self, to: ReplyTo, message: Said) -> Undelivered | Shown | None:
        sent = self._tried.fit(Surface.EPHEMERAL, message)
        try:
            self._whispered(to, sent)
        except FAULTS as error:
            if not is_refusal(error):
                return undelivered(error)
            if plainer := self._tried.instead(Surface.EPHEMERAL, sent, why(error)):
                return self._whisper(to, plainer)
            # the bot is not in that channel, as a rule
            warn("answer not delivered by ephemeral message", error, user=to.person.user_id)
            return self._directly(to.person, message)
        return None

    def _whispered(self, to: ReplyTo, message: Said) -> None:
        message = self._naming.said(message)
        self._client.chat_postEphemeral(
            channel=to.channel, user=to.person.user_id, text=message.text, blocks=list(message.blocks)
        )


def _with(message: Said, file: Uploaded, words: str) -> Said:
    """Return *message* with a picture below its headline."""
    picture: Block = {"type": "image", "slack_file": {"id": file.id}, "alt_text": words}
    return replace(message, blocks=(*message.blocks[:1], picture, *message.blocks[1:]))


def _beside(message: Said, mrkdwn: str) -> Said:
    return replace(message, blocks=(*message.blocks, context(mrkdwn)))


def _drawn(message: Said) -> Drawn:
    kept = {"text": message.text, "blocks": message.blocks, "plainer": message.plainer}
    return Drawn(json.dumps(kept, ensure_ascii=False))


def _read_back(drawn: Drawn) -> Said:
    kept = json.loads(drawn)
    return Said(text=kept["text"], blocks=tuple(kept["blocks"]), plainer=tuple(kept["plainer"]))
