"""docker-py's low-level clients: one for each thread, for a version of the API that both sides know."""

import threading
from math import ceil
from weakref import WeakSet

import docker
from docker.errors import DockerException

from bot.dockerd.hosts import Endpoint
from bot.dockerd.translate import Json

NEWEST_API = (1, 51)
"""The newest version of the Engine API that this package was tried with; newer daemons are asked for this one."""
OLDEST_API = "1.24"
"""The oldest version that docker-py speaks; it stands in the client that asks which one to use."""
PODMAN = "Podman Engine"


class NotDocker(DockerException):
    """Something else answers with Docker's API, and removes images by rules of its own."""


class Clients:
    """The clients of one daemon. Connection pools of docker-py are not thread-safe, so threads share none."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._mine = threading.local()
        self._open: WeakSet[docker.APIClient] = WeakSet()  # a thread that ends takes its client along
        self._lock = threading.Lock()

    def mine(self) -> docker.APIClient:
        """Return this thread's client. Raises what a call may raise: it asks for the version where it is new."""
        client: docker.APIClient | None = getattr(self._mine, "client", None)
        if client is None:
            client = self._made(self._version())
            self._mine.client = client
            with self._lock:
                self._open.add(client)
        return client

    def drop(self) -> None:
        """Let go of this thread's client: the next one begins anew, with the version too."""
        client: docker.APIClient | None = getattr(self._mine, "client", None)
        if client is not None:
            del self._mine.client
            client.close()

    def close(self) -> None:
        """Give back every connection of every thread."""
        with self._lock:
            clients = list(self._open)
            self._open.clear()
            self._mine = threading.local()
        for client in clients:
            client.close()

    def _version(self) -> str:
        client = self._made(OLDEST_API)
        try:
            return version(client.version(api_version=False))
        finally:
            client.close()

    def _made(self, api: str) -> docker.APIClient:
        endpoint = self._endpoint
        connect, answer = endpoint.connect_within.total_seconds(), endpoint.timeout.total_seconds()
        try:
            client = docker.APIClient(
                base_url=endpoint.url, version=api, timeout=ceil(answer), tls=endpoint.tls or False
            )
        except ValueError as error:
            raise DockerException(f"the address is none ({error})") from error
        client.timeout = (connect, answer)  # type: ignore[assignment]  # handed to requests, which takes both
        # Nothing of the environment: REQUESTS_CA_BUNDLE would stand in for the settings' CA, ~/.netrc add a password.
        client.trust_env = False
        # The daemon answers ``../containers/x`` by sending the client on to remove the container.
        client.max_redirects = 0
        return client


def version(answered: Json) -> str:
    """Return the version of the API to use: the server's own, at most ours, at least the oldest that it still speaks.

    Raises ``NotDocker`` for Podman, KeyError and ValueError for an answer that is none.
    """
    if any(component.get("Name") == PODMAN for component in answered.get("Components") or []):
        raise NotDocker("Podman answers there. It removes images by other rules than Docker, so I do not use it.")
    newest = min(_parts(answered["ApiVersion"]), NEWEST_API)
    oldest = _parts(answered.get("MinAPIVersion") or OLDEST_API)
    return ".".join(map(str, max(newest, oldest)))


def _parts(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
