"""The ``views.*`` methods. Which error stands for what: docs.slack.dev/reference/methods."""

import json
from dataclasses import replace

from bot.playground.blocks import Object, view_faults
from bot.playground.limits import Surface
from bot.playground.messages import View, view_shape
from bot.playground.wire import Refusal, invalid, ok, parsed, text
from bot.playground.workspace import TRIGGER_SECONDS, Workspace
from bot.slack import limits

STACK = 3
"""How many modals may lie on each other (docs.slack.dev/surfaces/modals)."""


def open_view(workspace: Workspace, given: Object) -> Object:
    """Answer ``views.open``."""
    person = _trigger(workspace, given)
    workspace.modals[person] = []
    return _shown(workspace, person, given)


def push(workspace: Workspace, given: Object) -> Object:
    """Answer ``views.push``."""
    person = _trigger(workspace, given)
    if len(workspace.modals.get(person, [])) >= STACK:
        raise Refusal("push_limit_reached")
    return _shown(workspace, person, given)


def update(workspace: Workspace, given: Object) -> Object:
    """Answer ``views.update``."""
    found = _named(workspace, given)
    if given.get("hash") and given["hash"] != found.hash:
        raise Refusal("hash_conflict")
    return ok(view=view_shape(workspace.replace_view(found, _body(given, Surface.MODAL))))


def publish(workspace: Workspace, given: Object) -> Object:
    """Answer ``views.publish``: the Home tab of one person."""
    person = text(given, "user_id", "user_not_found")
    if workspace.human(person) is None:
        raise Refusal("user_not_found")
    before = workspace.homes.get(person)
    if given.get("hash") and before is not None and given["hash"] != before.hash:
        raise Refusal("hash_conflict")
    view = workspace.new_view(person, _body(given, Surface.HOME))
    key = before.id if before else view.id
    workspace.homes[person] = replace(view, id=key, root=key, previous=None)
    workspace.changed()
    return ok(view=view_shape(workspace.homes[person]))


def checked_view(view: object, surface: Surface) -> Object:
    """Return *view*. Raises Refusal for what Slack would not take."""
    if len(json.dumps(view)) > limits.VIEW_BYTES:
        raise Refusal("view_too_large")
    if faults := view_faults(view, surface):
        raise invalid("invalid_arguments", faults)
    return view if isinstance(view, dict) else {}


def _shown(workspace: Workspace, person: str, given: Object) -> Object:
    view = workspace.new_view(person, _body(given, Surface.MODAL))
    workspace.show(view)
    return ok(view=view_shape(view))


def _body(given: Object, surface: Surface) -> Object:
    return checked_view(parsed(given.get("view"), "invalid_arguments"), surface)


def _named(workspace: Workspace, given: Object) -> View:
    stacked = [view for stack in workspace.modals.values() for view in stack]
    for view in stacked:
        external = view.body.get("external_id")
        if view.id == given.get("view_id") or (external and external == given.get("external_id")):
            return view
    raise Refusal("not_found")


def _trigger(workspace: Workspace, given: Object) -> str:
    key = text(given, "trigger_id", "invalid_trigger_id")
    trigger = workspace.triggers.get(key)
    if trigger is None:
        raise Refusal("invalid_trigger_id")
    if trigger.used:
        raise Refusal("exchanged_trigger_id")
    if workspace.now() - trigger.given_at > TRIGGER_SECONDS:
        raise Refusal("expired_trigger_id")
    _body(given, Surface.MODAL)
    workspace.triggers[key] = replace(trigger, used=True)
    return trigger.of
