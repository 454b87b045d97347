"""The state of the workspace. It is touched on the server's event loop only, so it needs no lock."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.playground.blocks import Object, named
from bot.playground.granted import Granted
from bot.playground.messages import Message, SharedFile, View
from bot.playground.people import BOT, BOTS, GROUPS, OTHERS, PEOPLE, SLACKBOT, Channel, Person, UserGroup, channels
from bot.playground.trouble import Trouble

TRIGGER_SECONDS = 3
"""How long a trigger_id opens a view (docs.slack.dev/interactivity/handling-user-interaction)."""
HOOK_SECONDS = 30 * 60
HOOK_USES = 5
"""How long and how often a response_url may be used (docs.slack.dev/interactivity/handling-user-interaction)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A trigger_id: whose it is, when it was given (seconds since 1970), and whether it was used."""

    of: str
    given_at: float
    used: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A response_url: for whom and where, on which message it was given, and how often it was used."""

    of: str
    channel: str
    given_at: float
    message: str | None = None
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Workspace:
    """People, channels, messages, views and files, and what was handed out to the app.

    ``now`` returns seconds since 1970. ``commands`` are the app's slash commands, ``shortcuts`` its global shortcuts:
    names by callback ID. ``suggested`` is what the app offered in selects that search, by view and action ID.
    ``banner`` is what the page says about the daemon, ``real`` whether removals are real.
    """

    now: Callable[[], float]
    bot_token: str
    app_token: str
    commands: tuple[str, ...] = ("/img",)
    shortcuts: dict[str, str] = field(default_factory=lambda: {"img_new": "Remove images"})
    banner: str = ""
    real: bool = False
    url: str = ""
    people: dict[str, Person] = field(
        default_factory=lambda: {person.id: person for person in (*PEOPLE, *BOTS, *OTHERS)}
    )
    groups: dict[str, UserGroup] = field(default_factory=lambda: {group.id: group for group in GROUPS})
    channels: dict[str, Channel] = field(default_factory=lambda: {channel.id: channel for channel in channels()})
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    modals: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    suggested: dict[str, dict[str, list[Object]]] = field(default_factory=dict)
    files: dict[str, SharedFile] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    trouble: Trouble = field(default_factory=Trouble)
    granted: Granted = field(default_factory=Granted)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    """This workspace's: by it a page sees when another has come to its address."""
    version: int = 0
    closing: bool = False
    on_change: Callable[[], None] | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _last_ts: int = 0

    def changed(self) -> None:
        """Say that something is different now, to everyone who waits for it."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()
        if self.on_change is not None:
            self.on_change()

    async def wait_for_change(self, seen: int) -> None:
        """Return when the workspace is newer than version *seen*, or closing."""
        while self.version <= seen and not self.closing:
            await self._changed.wait()

    def close(self) -> None:
        """Let everyone who waits go."""
        self.closing = True
        self.changed()

    def timestamp(self) -> str:
        """Return a new message timestamp, later than any before."""
        self._last_ts = max(int(self.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def post(self, message: Message) -> Message:
        """Keep *message* (new, or in the place of the one with its ``ts``), its blocks and elements named."""
        kept = replace(message, blocks=tuple(named(list(message.blocks))), revision=self.version + 1)
        self.messages[kept.channel, kept.ts] = kept
        self.changed()
        return kept

    def say(self, channel: str, person: str, text: str) -> Message:
        """Post what Slackbot tells one person only."""
        ts = self.timestamp()
        return self.post(Message(channel=channel, ts=ts, user=SLACKBOT, text=text, only_for=person))

    def remove_message(self, message: Message) -> None:
        """Forget *message*, and what was said in its thread."""
        for key, other in list(self.messages.items()):
            if key == (message.channel, message.ts) or (
                other.channel == message.channel and other.thread_ts == message.ts
            ):
                del self.messages[key]
        self.changed()

    def seen_by(self, person: str) -> list[Message]:
        """Return the messages that *person* sees, oldest first."""
        visible = (m for m in self.messages.values() if person in self.channels[m.channel].members)
        return sorted((m for m in visible if m.only_for in {None, person}), key=lambda m: float(m.ts))

    def human(self, identifier: str) -> Person | None:
        """Return the person with this ID, if that is somebody who can type."""
        person = self.people.get(identifier)
        return None if person is None or person.is_bot else person

    def direct(self, person: str) -> Channel:
        """Return the direct message between *person* and the bot."""
        return next(channel for channel in self.channels.values() if channel.of == person)

    def trigger(self, person: str) -> str:
        """Return a new trigger_id."""
        key = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self.triggers[key] = Trigger(of=person, given_at=self.now())
        return key

    def hook(self, person: str, channel: str, message: str | None = None) -> str:
        """Return a new response_url; *message* is the ``ts`` of the message it was given on."""
        key = secrets.token_urlsafe(18)
        self.hooks[key] = Hook(of=person, channel=channel, given_at=self.now(), message=message)
        return f"{self.url}/response/{key}"

    def find(self, channel: str, ts: str, person: str) -> Message | None:
        """Return the message that *person* sees there."""
        found = self.messages.get((channel, ts))
        visible = found is not None and found.only_for in {None, person} and person in self.channels[channel].members
        return found if visible else None

    def view(self, view_id: str) -> View | None:
        """Return the modal or Home tab with this ID."""
        stacked = (view for stack in self.modals.values() for view in stack)
        return next((view for view in (*stacked, *self.homes.values()) if view.id == view_id), None)

    def new_view(self, person: str, body: Object) -> View:
        """Return *body* as a view of *person*, its blocks named, on top of the modals that are open."""
        stack = self.modals.get(person, [])
        key = "V0" + secrets.token_hex(5).upper()
        root, previous = (stack[0].id, stack[-1].id) if stack else (key, None)
        return View(id=key, of=person, body=_view_body(body), hash=self.timestamp(), root=root, previous=previous)

    def replace_view(self, view: View, body: Object) -> View:
        """Give *view* another body, where it stands."""
        changed = replace(view, body=_view_body(body), hash=self.timestamp())
        stack = self.modals.get(view.of, [])
        self.modals[view.of] = [changed if other.id == view.id else other for other in stack]
        self.changed()
        return changed

    def show(self, view: View) -> None:
        """Put a modal in front of its person."""
        self.modals.setdefault(view.of, []).append(view)
        self.changed()

    def close_view(self, view: View, *, whole_stack: bool = False) -> None:
        """Take a modal away, or with it all that are open."""
        rest = [other for other in self.modals.get(view.of, []) if other.id != view.id]
        self.modals[view.of] = [] if whole_stack else rest
        self.changed()

    def rename(self, person: Person, name: str, real_name: str) -> None:
        """Give somebody other names."""
        self.people[person.id] = replace(person, name=name, real_name=real_name)
        self.changed()

    def deactivate(self, person: Person, *, deleted: bool) -> None:
        """Deactivate an account, or activate it again."""
        self.people[person.id] = replace(person, deleted=deleted)
        self.changed()

    def regroup(self, group: UserGroup, members: tuple[str, ...]) -> None:
        """Have these people in a user group, and nobody else."""
        self.groups[group.id] = replace(group, members=members, updated_at=int(self.now()))
        self.changed()

    def bot_sees(self, channel: str) -> bool:
        """Whether the bot is a member of the channel."""
        return BOT in self.channels[channel].members


def _view_body(body: Object) -> Object:
    return body | {"blocks": named(body["blocks"])}
