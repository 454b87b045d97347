"""What a person does in the workspace: type, click, fill in a form. Each is delivered to the app as Slack does."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.playground import payloads
from bot.playground.api_views import checked_view
from bot.playground.blocks import Object, elements, suggestion_faults
from bot.playground.hooks import respond
from bot.playground.inputs import SEARCHED, Values, action, missing, state_values, with_suggestions
from bot.playground.limits import Surface
from bot.playground.messages import Message, View
from bot.playground.people import Person
from bot.playground.socket_mode import Acknowledged, Delivery, Failure, Kind, SocketMode
from bot.playground.wire import Refusal, invalid
from bot.playground.workspace import Hook, Workspace

Where = tuple[str | None, str]
"""An element: its block ID, or None for any, and its action ID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of a form: delivered how, and what is wrong by block ID, empty where nothing is."""

    delivery: Delivery | None
    errors: Object


class Doing:
    """The things that a person can do. Each raises Refusal for what the page could not have offered."""

    def __init__(self, workspace: Workspace, app: SocketMode) -> None:
        self._workspace = workspace
        self._app = app

    async def type(self, user: str, channel: str, text: str) -> Delivery | None:
        """Send what was typed: a slash command to the app, anything else to the channel (None)."""
        person = self._person(user, channel)
        command, rest = (*text.split(None, 1), "", "")[:2]
        if not command.startswith("/"):
            self._say(person, channel, text)
            return None
        if command not in self._workspace.commands:
            self._workspace.say(
                channel, user, f"{command} is not a valid command. Try {self._workspace.commands[0]} help."
            )
            return None
        payload = payloads.slash_command(self._workspace, person, channel, command, rest.strip())
        delivery = await self._app.deliver(Kind.COMMAND, payload)
        self._answered(delivery, Hook(of=user, channel=channel, given_at=self._workspace.now()), command)
        return delivery

    async def click(
        self, user: str, place: Message | View, where: Where, chosen: object, given: Values | None = None
    ) -> Delivery:
        """Press an element, with what was *chosen*; in a view with what was entered so far."""
        person = self._workspace.people[user]
        blocks = place.blocks if isinstance(place, Message) else self._answerable(place)
        block, element = _element(blocks, *where)
        pressed = action(block, element, chosen, self._workspace.timestamp())
        payload = (
            payloads.message_click(self._workspace, person, place, pressed)
            if isinstance(place, Message)
            else payloads.view_click(self._workspace, person, place, pressed, state_values(list(blocks), given or {}))
        )
        delivery = await self._app.deliver(Kind.INTERACTIVE, payload)
        if isinstance(delivery, Failure):
            channel = place.channel if isinstance(place, Message) else self._workspace.direct(user).id
            self._workspace.say(channel, user, f'That button failed with the error "{delivery}"')
        return delivery

    async def suggest(self, user: str, view: View, where: Where, query: str) -> list[Object]:
        """Type in a select that searches, and return the options that the app offers; none where it does not answer.

        What was offered can be chosen from then on.
        """
        block, element = _element(view.body["blocks"], *where)
        if element["type"] not in SEARCHED:
            raise Refusal("action_not_found")
        told = {"action_id": element["action_id"], "block_id": block["block_id"]}
        payload = payloads.suggestion(self._workspace, self._workspace.people[user], view, told, query)
        delivery = await self._app.deliver(Kind.INTERACTIVE, payload)
        offered = {} if isinstance(delivery, Failure) else delivery.payload
        if faults := suggestion_faults(offered):
            raise invalid("invalid_arguments", faults)
        groups = offered.get("option_groups") or [{"options": offered.get("options") or []}]
        options = [option for group in groups for option in group["options"]]
        self._workspace.suggested.setdefault(view.id, {}).setdefault(element["action_id"], []).extend(options)
        return options

    async def shortcut(self, user: str, callback_id: str) -> Delivery:
        """Choose one of the app's global shortcuts."""
        person = self._workspace.human(user)
        if person is None:
            raise Refusal("user_not_found")
        if callback_id not in self._workspace.shortcuts:
            raise Refusal("shortcut_not_found")
        delivery = await self._app.deliver(Kind.INTERACTIVE, payloads.shortcut(self._workspace, person, callback_id))
        if isinstance(delivery, Failure):
            name = self._workspace.shortcuts[callback_id]
            self._workspace.say(self._workspace.direct(user).id, user, f'{name} failed with the error "{delivery}"')
        return delivery

    async def submit(self, user: str, view: View, given: Values) -> Submitted:
        """Submit a modal; it stays open with errors, or the app says what comes next."""
        values = state_values(self._answerable(view), given)
        if empty := missing(view.body["blocks"], values):
            return Submitted(delivery=None, errors=empty)
        payload = payloads.view_submission(self._workspace, self._workspace.people[user], view, values)
        delivery = await self._app.deliver(Kind.INTERACTIVE, payload)
        if isinstance(delivery, Failure):
            return Submitted(delivery=delivery, errors={"": "We had some trouble connecting. Try again?"})
        return Submitted(delivery=delivery, errors=self._next_view(view, delivery.payload))

    async def close(self, user: str, view: View) -> None:
        """Close a modal without submitting it."""
        self._workspace.close_view(view, whole_stack=bool(view.body.get("clear_on_close")))
        if view.body.get("notify_on_close"):
            payload = payloads.view_closed(self._workspace, self._workspace.people[user], view)
            await self._app.deliver(Kind.INTERACTIVE, payload)

    async def open_home(self, user: str) -> Delivery:
        """Open the app's Home tab."""
        person = self._person(user, self._workspace.direct(user).id)
        return await self._app.deliver(Kind.EVENT, payloads.home_opened(self._workspace, person))

    async def regroup(self, group_id: str, members: Sequence[str]) -> Delivery | None:
        """Have these people in a user group, as an admin; the app is told where that changes it."""
        before = self._workspace.groups.get(group_id)
        if before is None:
            raise Refusal("no_such_subteam")
        if not set(members) <= set(self._workspace.people):
            raise Refusal("invalid_users")
        if set(members) == set(before.members):
            return None
        self._workspace.regroup(before, tuple(members))
        event = payloads.group_changed(self._workspace, before, self._workspace.groups[group_id])
        return await self._app.deliver(Kind.EVENT, event)

    def rename(self, user: str, name: str) -> None:
        """Take another name, as everybody may."""
        person = self._workspace.human(user)
        if person is None:
            raise Refusal("user_not_found")
        self._workspace.rename(person, name.lower(), name)

    def deactivate(self, user: str, *, deleted: bool) -> None:
        """Deactivate the account of somebody who leaves, as an admin, or activate it again."""
        person = self._workspace.human(user)
        if person is None:
            raise Refusal("user_not_found")
        self._workspace.deactivate(person, deleted=deleted)

    def _answerable(self, view: View) -> list[Object]:
        return with_suggestions(view.body["blocks"], self._workspace.suggested.get(view.id, {}))

    def _person(self, user: str, channel: str) -> Person:
        person = self._workspace.human(user)
        if person is None:
            raise Refusal("user_not_found")
        if channel not in self._workspace.channels or user not in self._workspace.channels[channel].members:
            raise Refusal("channel_not_found")
        return person

    def _say(self, person: Person, channel: str, text: str) -> None:
        if not text.strip():
            raise Refusal("no_text")
        self._workspace.post(Message(channel=channel, ts=self._workspace.timestamp(), user=person.id, text=text))
        if self._workspace.channels[channel].of is not None:
            hint = f"imgbot does not read messages. Type {self._workspace.commands[0]} help."
            self._workspace.say(channel, person.id, hint)

    def _answered(self, delivery: Delivery, hook: Hook, command: str) -> None:
        if isinstance(delivery, Failure):
            self._workspace.say(hook.channel, hook.of, f'{command} failed with the error "{delivery}"')
        elif delivery.payload:
            try:
                respond(self._workspace, hook, delivery.payload)
            except Refusal as refusal:
                self._workspace.say(hook.channel, hook.of, f'{command} failed with the error "{refusal.error}"')

    def _next_view(self, view: View, said: Object) -> Object:
        match said.get("response_action"):
            case "errors":
                return dict(said.get("errors") or {"": "The app refused this form without a reason."})
            case "update":
                self._workspace.replace_view(view, checked_view(said.get("view"), Surface.MODAL))
            case "push":
                body = checked_view(said.get("view"), Surface.MODAL)
                self._workspace.show(self._workspace.new_view(view.of, body))
            case "clear":
                self._workspace.close_view(view, whole_stack=True)
            case _:
                self._workspace.close_view(view)
        return {}


def _element(blocks: Sequence[Object], block_id: str | None, action_id: str) -> tuple[Object, Object]:
    for block in blocks:
        for element in elements(block):
            if element["action_id"] == action_id and block_id in {None, block["block_id"]}:
                return block, element
    raise Refusal("action_not_found")


def outcome(delivery: Delivery | None) -> str:
    """Return a delivery as a word: acknowledged, said (to people only), or Slack's word for the failure."""
    match delivery:
        case None:
            return "said"
        case Acknowledged():
            return "acknowledged"
        case _:
            return delivery.value
