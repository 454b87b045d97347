"""A server on a Unix socket that answers as a test tells it to: slow, cut off, or not as Docker would."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

_VERSION = re.compile(r"^/v[0-9.]+(?=/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. ``sent`` cuts it off after so many bytes of its body; ``late`` keeps it back until the test ends.

    ``bytewise`` is the seconds between two bytes, of its head too.
    """

    body: bytes = b""
    status: int = 200
    location: str = ""
    sent: int | None = None
    late: bool = False
    bytewise: float = 0.0


Answers = Mapping[str, Answer | Callable[[str], Answer]]
"""What is answered to which path, without its version; a function is given the path with what was asked."""


def answer(value: object, status: int = 200) -> Answer:
    """Return an answer with *value* as JSON."""
    return Answer(body=json.dumps(value).encode(), status=status)


def stream(values: Iterable[object]) -> Answer:
    """Return an answer with each of *values* as JSON on a line."""
    return Answer(body=b"".join(json.dumps(value).encode() + b"\n" for value in values))


@dataclass(slots=True, kw_only=True)
class Lying:
    """What is answered, and what was asked."""

    socket: Path
    answers: dict[str, Answer | Callable[[str], Answer]]
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    versions: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"unix://{self.socket}"

    def removals(self) -> list[str]:
        """Return the paths of the removals, in order."""
        return [line.removeprefix("DELETE ") for line in self.asked if line.startswith("DELETE ")]


REMOVAL = "DELETE"
VERSION = answer({"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Components": [{"Name": "Engine"}]})


@contextmanager
def lying(socket: Path, answers: Answers) -> Iterator[Lying]:
    """Listen within the block. *answers* are by path, and by ``REMOVAL`` for any removal."""
    state = Lying(socket=socket, answers={"/version": VERSION, **answers})
    over = threading.Event()

    class Server(ThreadingMixIn, UnixStreamServer):
        daemon_threads = True
        request_queue_size = 64

        def get_request(self) -> tuple[object, str]:  # type: ignore[override]  # http.server wants a pair for the peer
            connection, _ = super().get_request()
            state.connections += 1
            return connection, "unix"

        def handle_error(self, *_: object) -> None:
            """Say nothing of a client that gave up."""

    with Server(str(socket), _handler(state, over)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            over.set()
            server.shutdown()
            thread.join()


class _Bytewise(BufferedIOBase):
    """Writes one byte, and the next one later; nothing to a client that gave up."""

    def __init__(self, to: BufferedIOBase, rest: Callable[[], object]) -> None:
        self._to = to
        self._rest = rest

    def write(self, given: Any) -> int:  # noqa: ANN401 -- bytes, in Python 3.11's words
        """Write all of it, however long that takes."""
        told = bytes(given)
        for at in range(len(told)):
            self._to.write(told[at : at + 1])
            self._rest()
        return len(told)


def _handler(state: Lying, over: threading.Event) -> type[BaseHTTPRequestHandler]:
    """Return what answers one connection's calls; late answers come when it is *over*."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            path = _VERSION.sub("", self.path)
            state.versions.append(self.path.removesuffix(path))
            state.asked.append(f"{self.command} {path}")
            state.headers.append(dict(self.headers))
            asked = REMOVAL if self.command == "DELETE" else path.partition("?")[0]
            known = state.answers.get(asked, Answer(body=b'{"message": "page not found"}', status=404))
            given = known if isinstance(known, Answer) else known(path)
            if given.late:
                over.wait()
            at_once = self.wfile
            if given.bytewise:
                self.wfile = _Bytewise(at_once, lambda: over.wait(given.bytewise))
            self.send_response(given.status)
            if given.location:
                self.send_header("Location", given.location)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(given.body)))
            self.end_headers()
            self.wfile.write(given.body[: given.sent])
            self.wfile = at_once
            self.close_connection = given.sent is not None

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 -- the names that http.server calls

    return Handler
