"""Saying things in Slack: requests in the approvals channel, direct messages, private answers."""

from collections.abc import Callable
from io import BytesIO

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.approval.fleet import Fleet
from bot.approval.notice import Notice, plain
from bot.approval.request import Called, Person, Request
from bot.flows.answers import Answer, AnyForm
from bot.flows.overviews import Home
from bot.flows.ports import Drawn, ReplyTo, Shown, Undelivered, Unsaid
from bot.flows.uploads import NotUploaded, Upload, Uploaded
from bot.slack import forms
from bot.slack.answering import Answering
from bot.slack.blocks import Block, Said
from bot.slack.calls import called_for
from bot.slack.faults import FAULTS, undelivered, warn, why
from bot.slack.faults import told as told_by
from bot.slack.fleet import fleet_message, told_of_fleet
from bot.slack.fleet_lines import of_all
from bot.slack.given import comment, title
from bot.slack.home import view
from bot.slack.lines import InThread, of_one
from bot.slack.naming import IMG, Naming
from bot.slack.notices import noticed
from bot.slack.request_message import request_message, told
from bot.slack.seeking import Metadata, has_file, sought
from bot.slack.tried import Surface, Tried
from bot.slack.uploads import share

log = structlog.get_logger()

GONE = frozenset({"message_not_found", "edit_window_closed", "cant_update_message"})
"""Slack's errors for a message that cannot be edited any more: it is posted anew."""


class Conversation:
    """The workspace, as the bot speaks in it."""

    def __init__(
        self,
        client: WebClient,
        approvals_channel: str,
        audit_channel: str | None = None,
        link: str = "",
        naming: Naming = IMG,
    ) -> None:
        """Speak by *client*; *link* is the workspace's address, with which messages are linked to."""
        self._client = client
        self._naming = naming
        self._link = link
        self._channel = approvals_channel
        self._audit_channel = audit_channel
        self._tried = Tried()
        self._answering = Answering(client, self._directly, naming=naming, tried=self._tried)

    def answer(self, to: ReplyTo, answer: Answer | Drawn) -> Unsaid | None:
        """Answer one person: by the response URL, an ephemeral message, or, where the bot cannot write, directly."""
        return self._answering.answer(to, answer)

    def _directly(
        self, person: Person, message: Said, about: Metadata | None = None, *, tried: bool = False
    ) -> Shown | Undelivered:
        try:
            channel = told_by(self._client.conversations_open(users=[person.user_id]), "channel", "id")
        except FAULTS as error:
            return undelivered(error)
        return self._post(channel, message, about, tried=tried)

    def show(self, request: Request, at: Shown | None, *, tried: bool = False) -> Shown | Undelivered:
        """Post or edit the message in the approvals channel."""
        return self._shown(request_message(request), _about(request), at, tried=tried)

    def _shown(self, message: Said, about: Metadata, at: Shown | None, *, tried: bool) -> Shown | Undelivered:
        if at is not None and (edited := self._edited(at, message)) is not None:
            return edited
        try:
            there = sought(self._client, self._channel, about) if tried else None
        except FAULTS as error:
            return undelivered(error)
        if there is not None and there != at and (edited := self._edited(there, message)) is not None:
            return edited
        return self._post(self._channel, message, about)

    def show_fleet(self, fleet: Fleet, at: Shown | None, *, tried: bool = False) -> Shown | Undelivered:
        """Post or edit the one message about several hosts."""
        return self._shown(fleet_message(fleet), _about_number(fleet.number), at, tried=tried)

    def tell_fleet(self, fleet: Fleet, version: int, *, tried: bool = False) -> Shown | Undelivered:
        """Write to the requester."""
        about = _about_number(fleet.number, version=version)
        return self._directly(fleet.asked.by, told_of_fleet(fleet), about, tried=tried)

    def _edited(self, at: Shown, message: Said) -> Shown | Undelivered | None:
        """Edit a message. None where it cannot be edited any more."""
        message = self._naming.said(message)
        try:
            self._client.chat_update(channel=at.channel, ts=at.ts, text=message.text, blocks=list(message.blocks))
        except FAULTS as error:
            gone = isinstance(error, SlackApiError) and error.response.get("error") in GONE
            return None if gone else undelivered(error)
        return at

    def tell(self, request: Request, person: Person, *, tried: bool = False) -> Shown | Undelivered:
        """Write to the requester, or to somebody who follows."""
        return self._directly(person, told(request), _about(request, version=request.version), tried=tried)

    def call(self, request: Request, called: Called, below: Shown, *, tried: bool = False) -> Shown | Undelivered:
        """Call those who may decide, in the thread of the request's message."""
        about = _about(request, version=called.version)
        return self._post(below.channel, called_for(request, called), about, thread=below.ts, tried=tried)

    def print(self, request: Request, below: Shown, *, tried: bool = False) -> Shown | Undelivered:
        """Write Docker's own lines in the thread of that message: a file where they are many."""
        return self._print(request.id, of_one(request), below, tried=tried)

    def print_fleet(self, fleet: Fleet, below: Shown, *, tried: bool = False) -> Shown | Undelivered:
        """Write those of all hosts."""
        return self._print(fleet.number, of_all(fleet), below, tried=tried)

    def _print(self, number: int, lines: InThread, below: Shown, *, tried: bool) -> Shown | Undelivered:
        about = _about_number(number, lines=lines.name)
        if not lines.is_file:
            return self._post(below.channel, lines.said, about, thread=below.ts, tried=tried)
        try:
            if tried and has_file(self._client, below.channel, below.ts, lines.name):
                return Shown(channel=below.channel, ts="")
        except FAULTS as error:
            return undelivered(error)
        if isinstance(self._lines_given(lines, below), Uploaded):
            return Shown(channel=below.channel, ts="")
        return self._post(below.channel, lines.said, about, thread=below.ts, tried=tried)

    def _lines_given(self, lines: InThread, below: Shown) -> Uploaded | NotUploaded:
        text, name, about = BytesIO(lines.text), lines.name, lines.title
        return share(self._client, below, text, length=len(lines.text), name=name, title=about, comment=about)

    def open(self, trigger: str, form: AnyForm, reply_to: ReplyTo) -> bool:
        """Open a form."""
        return self._viewed(form, reply_to, lambda view: self._client.views_open(trigger_id=trigger, view=view))

    def update(self, view: str, form: AnyForm, reply_to: ReplyTo) -> bool:
        """Show another form in the place of one that is open."""
        return self._viewed(form, reply_to, lambda made: self._client.views_update(view_id=view, view=made))

    def _viewed(self, form: AnyForm, reply_to: ReplyTo, show: Callable[[Block], object]) -> bool:
        made = forms.view(form, reply_to)
        if made is None:
            return False
        try:
            show(self._naming.block(made))
        except FAULTS as error:
            warn("form not shown", error, form=str(made["callback_id"]))
            return False
        return True

    def home(self, home: Home) -> Undelivered | None:
        """Show somebody their Home tab."""
        try:
            self._client.views_publish(user_id=home.person.user_id, view=self._naming.block(view(home, self._link)))
        except FAULTS as error:
            return undelivered(error)
        return None

    def give(self, person: Person, upload: Upload) -> Uploaded | NotUploaded:
        """Upload a file to the direct message with one person."""
        said, about = comment(upload.about), title(upload.about)
        return share(
            self._client, person, upload.content, length=upload.length, name=upload.name, title=about, comment=said
        )

    def announce(self, notice: Notice, number: int, *, tried: bool = False) -> Shown | Undelivered:
        """Post in the audit channel, or log where there is none."""
        if self._audit_channel is None:
            log.info("notice", kind=notice.kind, text=self._naming.text(plain(notice.parts)))
            return Shown(channel="", ts="")
        message = noticed(notice)
        about: Metadata = {
            "event_type": "img_notice",
            "event_payload": {"kind": notice.kind, "number": str(number)},
        }
        return self._post(self._audit_channel, message, about, tried=tried)

    def unsay(self, shown: Shown) -> None:
        """Delete a message of ours that was said twice."""
        try:
            self._client.chat_delete(channel=shown.channel, ts=shown.ts)
        except FAULTS as error:
            warn("message said twice", error, channel=shown.channel, ts=shown.ts)

    def _post(
        self, channel: str, message: Said, about: Metadata | None, *, thread: str = "", tried: bool = False
    ) -> Shown | Undelivered:
        """Post a message; where that was *tried* before, only if Slack does not have it already."""
        try:
            there = sought(self._client, channel, about, thread=thread) if tried and about else None
            return there or self._taken(channel, message, about, thread)
        except FAULTS as error:
            return undelivered(error)

    def _taken(self, channel: str, message: Said, about: Metadata | None, thread: str) -> Shown:
        """Post a message: without newer blocks where they are refused."""
        sent = self._tried.fit(Surface.POSTED, message)
        try:
            return self._posted(channel, sent, about, thread)
        except SlackApiError as error:
            plainer = self._tried.instead(Surface.POSTED, sent, why(error))
            if plainer is None:
                raise
            return self._posted(channel, plainer, about, thread)

    def _posted(self, channel: str, message: Said, about: Metadata | None, thread: str) -> Shown:
        message = self._naming.said(message)
        posted = self._client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=list(message.blocks),
            unfurl_links=False,
            unfurl_media=False,
            thread_ts=thread or None,
            metadata=about,
        )
        return Shown(channel=str(posted.get("channel") or channel), ts=told_by(posted, "ts"))


def _about(request: Request, *, version: int = 0) -> Metadata:
    """Return what a message is about: a request, and which version of it, where there are several."""
    return _about_number(request.id, version=version)


def _about_number(number: int, *, version: int = 0, lines: str = "") -> Metadata:
    """Return the same by its number, or which *lines* of it a message has."""
    told_of = ({"version": str(version)} if version else {}) | ({"lines": lines} if lines else {})
    return {"event_type": "img_request", "event_payload": {"id": str(number), **told_of}}
