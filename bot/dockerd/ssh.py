"""A daemon behind SSH: the system's own ``ssh`` runs ``docker system dial-stdio`` there, as the docker command does.

docker-py has a way of its own, which wants paramiko and cannot wait for a while only. Here ``ssh`` gets one end of a
pair of sockets as its input and output, and HTTP is spoken on the other, which keeps to time-outs like any socket.
Nothing of it goes through a shell on this side. It never asks a question, so a host key that is not known is refused.
"""

import re
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import IO, Any

from docker.transport.unixconn import UnixHTTPConnection, UnixHTTPConnectionPool

from bot.dockerd.pool import OnePool
from bot.dockerd.whole import timed

SCHEME = "ssh://"
PLACE = re.compile(
    r"ssh://(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9._-]{0,63})@)?(?P<host>[A-Za-z0-9][A-Za-z0-9._-]{0,252}|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?/?",
    re.ASCII,
)
"""What an address may be. Neither part begins with a dash, which ``ssh`` would read as an option."""
ENDS_WITHIN = 0.5
"""Seconds that ``ssh`` gets to end by itself, and then to end when it is told to."""
LOUD = 2000
"""Characters of what it says that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where ``ssh`` goes. ``config`` is a file in the place of the account's ``~/.ssh/config``."""

    host: str
    user: str = ""
    port: str = ""
    config: Path | None = None

    def command(self, connect_within: float) -> list[str]:
        """Return the command that speaks Docker's API on its input and output."""
        options = {
            "BatchMode": "yes",  # no question is ever asked
            "StrictHostKeyChecking": "yes",
            "ConnectTimeout": str(max(1, round(connect_within))),
            "ServerAliveInterval": "15",
            "ServerAliveCountMax": "2",
            "ClearAllForwardings": "yes",
        }
        return [
            "ssh",
            *(["-F", str(self.config)] if self.config else []),
            *(part for key, value in options.items() for part in ("-o", f"{key}={value}")),
            "-T",
            *(["-l", self.user] if self.user else []),
            *(["-p", self.port] if self.port else []),
            "--",
            self.host,
            "docker system dial-stdio",
        ]


def place(url: str, config: Path | None = None) -> Place | None:
    """Return where a ``ssh://[USER@]HOST[:PORT]`` goes; None where it is no such address."""
    match = PLACE.fullmatch(url)
    if match is None or (match["port"] and not 0 < int(match["port"]) < 65536):  # noqa: PLR2004 -- there are no more
        return None
    return Place(host=match["host"].strip("[]"), user=match["user"] or "", port=match["port"] or "", config=config)


class Ended(OSError):  # noqa: N818 -- named for what it says
    """``ssh`` ended; the message is what it said."""


class Connection(UnixHTTPConnection):
    """One connection: one ``ssh``."""

    def __init__(self, command: list[str], timeout: Any) -> None:  # noqa: ANN401 -- what urllib3 calls a time-out
        super().__init__("", "", timeout)
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._told = ""

    def connect(self) -> None:
        """Start ``ssh``. That it cannot get there is noticed with the first answer."""
        self._end()
        ours, theirs = socket.socketpair()
        ours.settimeout(self.timeout)
        self._told, self._said = "", tempfile.TemporaryFile()  # noqa: SIM115 -- until this ends
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- the parts were matched by PLACE, and no shell reads them
                self._command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=self._said.fileno(),
                start_new_session=True,  # Ctrl-C ends the bot, which has something to write first
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self.sock = timed(ours)

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- handed through
        """Send a request; where ``ssh`` has ended, raise what it said."""
        try:
            return super().request(*args, **kwargs)
        except ConnectionError:
            pass  # raised below, so that it does not stand behind the reason
        raise self._why()

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # urllib3's own response is one in all that is used
        """Return the answer; where ``ssh`` has ended, raise what it said."""
        try:
            return super().getresponse()  # type: ignore[return-value]  # as above
        except ConnectionError:  # http.client.RemoteDisconnected is one, and closes the connection
            pass  # as above
        raise self._why()

    def close(self) -> None:
        """Hang up; ``ssh`` ends with that."""
        super().close()
        self._end()

    def _why(self) -> Ended:
        """Return what ``ssh`` said."""
        self._end()
        return Ended(self._told or "ssh ended, and did not say why")

    def _end(self) -> None:
        """Let ``ssh`` end, and keep the last that it said."""
        if self.sock is not None:
            self.sock.close()
            self.sock = None
        process, self._process = self._process, None
        if process is not None:
            _ended(process)
        said, self._said = self._said, None
        if said is not None:
            said.seek(0)
            self._told = _last_line(said.read(LOUD).decode(errors="replace"))
            said.close()


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was hung up on, and end it where it does not."""
    for end in (process.terminate, process.kill):
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            end()
        else:
            return
    process.wait()


def _last_line(said: str) -> str:
    """Return what ``ssh`` ended with; nothing where it said nothing."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("@")]
    return f"ssh: {lines[-1]}" if lines else ""


class Pool(UnixHTTPConnectionPool):
    """The connections of one client."""

    def __init__(self, command: list[str], timeout: int) -> None:
        super().__init__("", "", timeout=timeout)
        self._command = command

    def _new_conn(self) -> Connection:  # type: ignore[override]  # as docker-py's own, which is typed as nothing
        return Connection(self._command, self.timeout)


def adapter(to: Place, *, connect_within: float, timeout: int) -> OnePool:
    """Return the way to one place for one client, whose connections take *connect_within* and answers *timeout* (s)."""
    return OnePool(Pool(to.command(connect_within), timeout), timeout=timeout)


__all__ = ["SCHEME", "Ended", "Place", "adapter", "place"]
