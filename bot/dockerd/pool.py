"""One pool of connections for one daemon on a Unix socket.

docker-py keeps a pool for each URL (``docker/transport/unixconn.py``), so a look at another image opens another socket,
and the 26th pool closes the first. One pool keeps its connection alive from call to call.
"""

from collections.abc import Mapping

from docker import APIClient
from docker.transport import UnixHTTPAdapter
from docker.transport.unixconn import UnixHTTPConnectionPool

SCHEME = "http+docker://"
"""What docker-py puts in place of a Unix socket's address in its URLs."""


class OnePool(UnixHTTPAdapter):
    """docker-py's way to a Unix socket, with the same pool for every URL."""

    def get_connection(self, url: str | bytes, proxies: Mapping[str, str] | None = None) -> UnixHTTPConnectionPool:
        """Return the pool. requests 2.32 comes here by docker-py's ``get_connection_with_tls_context``."""
        del url
        return super().get_connection(SCHEME, proxies)


def keep_one_pool(client: APIClient, timeout: int) -> None:
    """Let *client* keep one pool if it speaks through a Unix socket; ``tcp://`` does in any case."""
    adapter = client.get_adapter(client.base_url)
    if isinstance(adapter, UnixHTTPAdapter):
        client.mount(SCHEME, OnePool(f"http+unix://{adapter.socket_path}", timeout=timeout))
