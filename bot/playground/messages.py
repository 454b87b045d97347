"""Messages, files and views as the workspace keeps them, and as Slack writes them."""

from dataclasses import dataclass

from bot.playground.blocks import Object
from bot.playground.people import APP_ID, BOT, BOT_ID, TEAM_ID

PNG = b"\x89PNG\r\n\x1a\n"
"""How every PNG begins (w3.org/TR/png)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """An uploaded file of ``length`` bytes; ``content`` is empty until it has arrived.

    ``alt`` says in words what a picture shows.
    """

    id: str
    name: str
    title: str
    length: int
    alt: str = ""
    content: bytes = b""
    complete: bool = False

    @property
    def mimetype(self) -> str:
        """What the content is, by its first bytes and not by its name."""
        return "image/png" if self.content.startswith(PNG) else "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message. ``only_for`` is the one person who sees an ephemeral one; ``revision`` grows with every change."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: tuple[Object, ...] = ()
    thread_ts: str | None = None
    only_for: str | None = None
    edited: bool = False
    metadata: Object | None = None
    files: tuple[SharedFile, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal or a Home tab of one person. ``body`` is what the app gave; ``root`` the first modal of its stack."""

    id: str
    of: str
    body: Object
    hash: str
    root: str
    previous: str | None = None


def message_shape(message: Message) -> Object:
    """Return *message* as Slack writes it in answers and payloads."""
    shape: Object = {"type": "message", "user": message.user, "ts": message.ts, "team": TEAM_ID, "text": message.text}
    if message.user == BOT:
        shape |= {"bot_id": BOT_ID, "app_id": APP_ID}
    if message.blocks:
        shape["blocks"] = list(message.blocks)
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
    if message.edited:
        shape["edited"] = {"user": message.user, "ts": message.ts}
    if message.metadata:
        shape["metadata"] = message.metadata
    if message.files:
        shape["files"] = [file_shape(file) for file in message.files]
    return shape


def file_shape(file: SharedFile) -> Object:
    """Return *file* as Slack writes it; ``url_private`` and ``permalink`` are paths of this server."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "alt_txt": file.alt,
        "mimetype": file.mimetype,
        "size": len(file.content),
        "url_private": f"/files/{file.id}",
        "permalink": f"/files/{file.id}/{file.name}",
    }


def view_shape(view: View, values: Object | None = None) -> Object:
    """Return *view* as Slack writes it, with the *values* of its inputs."""
    body = {"callback_id": "", "private_metadata": "", "external_id": "", "title": None, "submit": None, "close": None}
    return (
        body
        | {"clear_on_close": False, "notify_on_close": False}
        | view.body
        | {
            "id": view.id,
            "team_id": TEAM_ID,
            "app_installed_team_id": TEAM_ID,
            "app_id": APP_ID,
            "bot_id": BOT_ID,
            "hash": view.hash,
            "root_view_id": view.root,
            "previous_view_id": view.previous,
            "state": {"values": values or {}},
        }
    )
