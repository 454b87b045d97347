"""One pool of connections for one daemon on a Unix socket.

docker-py keeps a pool for each URL (``docker/transport/unixconn.py``), so a look at another image opens another socket,
and the 26th pool closes the first. One pool keeps its connection alive from call to call.
"""

from collections.abc import Mapping

from docker import APIClient
from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnectionPool

from bot.dockerd.whole import UnixConnection, time_tcp

SCHEME = "http+docker://"
"""What docker-py puts in place of a Unix socket's address in its URLs."""


class Pool(UnixHTTPConnectionPool):
    """The connections of one client, whose answers are timed as a whole."""

    def __init__(self, base_url: str, socket_path: str, timeout: int) -> None:
        super().__init__(base_url, socket_path, timeout=timeout)
        self._within = timeout

    def _new_conn(self) -> UnixConnection:  # type: ignore[override]  # as docker-py's own, which is typed as nothing
        return UnixConnection(self.base_url, self.socket_path, self._within)


class OnePool(UnixHTTPAdapter):
    """docker-py's way to one daemon by itself, with the same *pool* for every URL. Its seconds are *timeout*."""

    def __init__(self, pool: UnixHTTPConnectionPool, *, timeout: int) -> None:
        super().__init__(f"http+unix://{pool.socket_path}", timeout=timeout)
        self._pool = pool

    def get_connection(self, url: str | bytes, proxies: Mapping[str, str] | None = None) -> UnixHTTPConnectionPool:
        """Return the pool. requests 2.32 comes here by docker-py's ``get_connection_with_tls_context``."""
        del url, proxies
        return self._pool

    def close(self) -> None:
        """Give back every connection."""
        self._pool.close()
        super().close()


def keep_one_pool(client: APIClient, timeout: int) -> None:
    """Let *client* keep one pool if it speaks through a Unix socket; ``tcp://`` does in any case."""
    adapter = client.get_adapter(client.base_url)
    if isinstance(adapter, UnixHTTPAdapter):
        client.mount(SCHEME, OnePool(Pool(SCHEME, adapter.socket_path, timeout), timeout=timeout))
    else:
        time_tcp(adapter)
