"""A tap between the bot and a daemon: it passes everything on and keeps what was said.

What the daemon answered is thereby known without asking the bot.
"""

import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call and its answer; ``body`` is the answer's JSON, or its text where it has none. ``by`` is the process."""

    method: str
    path: str
    status: int
    body: object
    by: int = 0


class Lost(Exception):  # noqa: N818 -- what becomes of the call
    """Raised by a hook to let a call get lost on its way to the daemon."""


class KeptOff(Exception):  # noqa: N818 -- likewise
    """Raised by a hook to answer a call as a proxy does that lets it not through."""


class UnixConnection(http.client.HTTPConnection):
    """A connection to a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("daemon")
        self._path = path

    def connect(self) -> None:
        """Connect to it."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(self._path))


class Tap:
    """What went through, and hooks to stop in the middle of it."""

    def __init__(self, daemon: Path) -> None:
        self.daemon = daemon
        self.calls: list[Call] = []
        self.before: Callable[[str, str], None] = lambda _method, _path: None
        self.before_removal: Callable[[], None] = lambda: None
        self.after_removal: Callable[[], None] = lambda: None
        self.after: Callable[[Call], None] = lambda _: None

    def removals(self) -> list[Call]:
        """Return the removals, in order."""
        return [call for call in self.calls if call.method == "DELETE"]

    def answers(self) -> list[list[str]]:
        """Return what ``docker image rm`` would have printed of each removal that succeeded."""
        answers = [call.body for call in self.removals() if isinstance(call.body, list)]
        return [[f"{kind}: {value}" for record in answer for kind, value in record.items()] for answer in answers]

    def lines(self) -> list[str]:
        """Return the lines of all of them."""
        return [line for answer in self.answers() for line in answer]


@contextmanager
def tap(daemon: Path, at: Path) -> Iterator[Tap]:
    """Listen on the socket *at* and pass everything on to the socket *daemon*."""
    kept = Tap(daemon)
    with _Server(str(at), _handler(kept)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128  # of several threads and processes of the bot, none is turned away

    def handle_error(self, *_: object) -> None:
        """Say nothing of a bot that was killed while it was answered."""


def _handler(kept: Tap) -> type[BaseHTTPRequestHandler]:
    """Return what passes one connection's calls on and keeps them."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def address_string(self) -> str:
            return "unix"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _pass_on(self) -> None:
            removal = self.command == "DELETE"
            try:
                kept.before(self.command, self.path)
                if removal:
                    kept.before_removal()
            except Lost:
                self.close_connection = True
                return
            except KeptOff:
                self.close_connection = True
                self.send_response(403)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            connection = UnixConnection(kept.daemon)
            length = int(self.headers.get("Content-Length") or 0)
            connection.request(self.command, self.path, self.rfile.read(length) if length else None)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            call = Call(
                method=self.command, path=self.path, status=answer.status, body=_parsed(body), by=_peer(self.connection)
            )
            kept.calls.append(call)
            kept.after(call)
            if removal:
                kept.after_removal()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_DELETE = do_POST = do_HEAD = _pass_on  # noqa: N815 -- the names that http.server calls

    return Handler


def _peer(connection: socket.socket) -> int:
    """Return the process at the other end of a Unix socket (unix(7), ``SO_PEERCRED``)."""
    (process,) = struct.unpack_from("i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(process)


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
