"""A daemon's answer is waited for as a whole: one that comes byte by byte takes no longer than one that does not come.

Python's sockets, and with them urllib3 and docker-py, give each single read its time. Here all reads of one answer,
from its first line on, share it.
"""

import io
import socket
import time
from typing import TYPE_CHECKING, Any, cast

from docker.transport.unixconn import UnixHTTPConnection
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Each(float):
    """Seconds for each read of an answer that may take any time as a whole, such as that of a pull."""

    __slots__ = ()


class _Reading(io.RawIOBase):
    """Reads one answer from a socket: within *within* seconds from now on."""

    def __init__(self, sock: socket.socket, within: float | None) -> None:
        self._sock = sock
        self._within = within
        self._until = None if within is None or isinstance(within, Each) else time.monotonic() + within
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open until this is closed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        if self._until is not None:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer did not come to its end in time")
            self._sock.settimeout(left)
        return cast("io.FileIO", self._raw).readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Timed:
    """A socket whose answers are read within the time that was set last."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._within = sock.gettimeout()

    def settimeout(self, within: float | None) -> None:
        self._within = within
        self._sock.settimeout(within)

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        """Return what http.client reads the next answer from, as bytes."""
        return io.BufferedReader(_Reading(self._sock, self._within))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever a socket has
        return getattr(self._sock, name)


def timed(sock: object) -> socket.socket:
    """Return *sock*, with one time for all reads of an answer."""
    return cast("socket.socket", _Timed(cast("socket.socket", sock)))


class UnixConnection(UnixHTTPConnection):
    """docker-py's connection to a Unix socket."""

    def connect(self) -> None:
        """Connect."""
        super().connect()
        self.sock = timed(self.sock)


class _TcpConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = timed(self.sock)


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock = timed(self.sock)


class _TcpPool(HTTPConnectionPool):
    ConnectionCls = _TcpConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def time_tcp(adapter: BaseAdapter) -> None:
    """Have the connections that *adapter* makes to ports be timed like that."""
    if isinstance(adapter, HTTPAdapter):
        adapter.poolmanager.pool_classes_by_scheme = {"http": _TcpPool, "https": _TlsPool}
