"""The workspace and the simulated daemon as two files in a folder, so that a demo goes on where it was.

A file is written whole beside the old one and takes its place, so that there is always one that can be read. What was
given to the app for a moment (trigger IDs, connections) is not kept: after a restart Slack has forgotten it too.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bot.playground.messages import Message, SharedFile, View
from bot.playground.people import Person, UserGroup
from bot.playground.workspace import Hook, Workspace
from bot.playground.world import World

T = TypeVar("T")
FORMAT = 1
AT_MOST_EVERY = 0.25
"""Seconds between two savings of a workspace that changes all the time."""


class Unreadable(Exception):  # noqa: N818 -- named for what it says
    """A file that was not written here, or by another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What of a workspace is kept."""

    __pydantic_config__ = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    format: int
    id: str
    people: dict[str, Person]
    groups: dict[str, UserGroup]
    messages: list[Message]
    homes: dict[str, View]
    files: dict[str, SharedFile]
    hooks: dict[str, Hook]


_SAVED = TypeAdapter(Saved)
_WORLD = TypeAdapter(World)


def save(workspace: Workspace, path: Path) -> None:
    """Write what of the workspace is kept."""
    kept = Saved(
        format=FORMAT,
        id=workspace.id,
        people=workspace.people,
        groups=workspace.groups,
        messages=list(workspace.messages.values()),
        homes=workspace.homes,
        files=workspace.files,
        hooks=workspace.hooks,
    )
    _write(path, _SAVED.dump_json(kept))


def restore(workspace: Workspace, path: Path) -> None:
    """Have the workspace as it was saved; nothing happens where nothing was. Raises Unreadable."""
    with suppress(FileNotFoundError):
        kept = _read(_SAVED, path)
        workspace.id = kept.id
        workspace.people, workspace.groups = kept.people, kept.groups
        workspace.messages = {(message.channel, message.ts): message for message in kept.messages}
        workspace.homes, workspace.files, workspace.hooks = kept.homes, kept.files, kept.hooks


class Keeper:
    """Saves a workspace a moment after it changed, and at its end. Used on the server's event loop only."""

    def __init__(self, workspace: Workspace, path: Path) -> None:
        self._workspace = workspace
        self._path = path
        self._timer: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        """Save soon, or now where the workspace ends."""
        if self._workspace.closing:
            self._save()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(AT_MOST_EVERY, self._save)

    def _save(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        save(self._workspace, self._path)


def save_world(world: World, path: Path) -> None:
    """Write what the simulated daemon holds."""
    _write(path, _WORLD.dump_json(world))


def saved_world(path: Path) -> World | None:
    """Return what the simulated daemon held; None where nothing was saved. Raises Unreadable."""
    try:
        return _read(_WORLD, path)
    except FileNotFoundError:
        return None


def _read(adapter: TypeAdapter[T], path: Path) -> T:
    try:
        return adapter.validate_json(path.read_bytes())
    except ValidationError as error:
        raise Unreadable(
            f"{path} is not a saved playground: {error.errors()[0]['msg']}. Use another folder."
        ) from error


def _write(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.chmod(0o600)
    beside.replace(path)
