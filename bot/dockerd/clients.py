"""docker-py's low-level clients: one for each thread, for a version of the API that both sides know."""

import threading
from math import ceil
from weakref import WeakSet

import docker
from docker.errors import DockerException
from docker.tls import TLSConfig

from bot.dockerd import ssh
from bot.dockerd.hosts import Endpoint
from bot.dockerd.pool import SCHEME, keep_one_pool
from bot.dockerd.translate import Json

NEWEST_API = (1, 51)
"""The newest version of the Engine API that this package was tried with; newer daemons are asked for this one."""
OLDEST_API = "1.24"
"""The oldest version that docker-py speaks; it stands in the client that asks which one to use."""
PODMAN = "Podman Engine"
THROUGH_SSH = "unix:///ssh"
"""What docker-py is told where ``ssh`` carries its requests: the socket is never opened."""


class NotDocker(DockerException):
    """Something else answers with Docker's API, and removes images by rules of its own."""


class _Client(docker.APIClient):
    """docker-py's client. The operator's own headers are sent with every call: docker-py adds them to its own only."""

    def __init__(self, *, base_url: str, version: str, timeout: int, tls: TLSConfig | bool) -> None:
        super().__init__(base_url=base_url, version=version, timeout=timeout, tls=tls)
        read = self._general_configs  # type: ignore[attr-defined]  # the configuration, which takes long to read again
        self.headers.update(read.get("HttpHeaders") or {})

    def speak(self, api: str) -> None:
        """Speak this version of the API from now on. Another client for it would open another connection."""
        self._version = api


class Clients:
    """The clients of one daemon. Connection pools of docker-py are not thread-safe, so threads share none."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._mine = threading.local()
        self._open: WeakSet[docker.APIClient] = WeakSet()  # a thread that ends takes its client along
        self._lock = threading.Lock()
        self._generation = 0
        self._api: str | None = None

    def mine(self) -> docker.APIClient:
        """Return this thread's client. Raises what a call may raise: the first asks for the version."""
        with self._lock:
            generation, api = self._generation, self._api
        held: tuple[int, docker.APIClient] | None = getattr(self._mine, "client", None)
        if held is not None and held[0] == generation:
            return held[1]
        self._close_mine()
        client = self._made(api) if api else self._first(generation)
        self._mine.client = (generation, client)
        with self._lock:
            self._open.add(client)
        return client

    def drop(self) -> None:
        """Let go of this thread's client, and have every thread begin anew, with the version too."""
        with self._lock:
            self._generation += 1
            self._api = None
        self._close_mine()

    def close(self) -> None:
        """Give back every connection of every thread."""
        with self._lock:
            clients = list(self._open)
            self._open.clear()
            self._mine = threading.local()
            self._generation += 1
            self._api = None
        for client in clients:
            client.close()

    def _close_mine(self) -> None:
        held: tuple[int, docker.APIClient] | None = getattr(self._mine, "client", None)
        if held is not None:
            del self._mine.client
            held[1].close()

    def _first(self, generation: int) -> docker.APIClient:
        """Return a client that has asked for the version, and speaks it."""
        client = self._made(OLDEST_API)
        try:
            api = version(client.version(api_version=False))
        except BaseException:
            client.close()
            raise
        client.speak(api)
        with self._lock:
            if generation == self._generation:
                self._api = api
        return client

    def _made(self, api: str) -> "_Client":
        endpoint, place = self._endpoint, self._endpoint.by_ssh
        connect, answer = endpoint.connect_within.total_seconds(), endpoint.timeout.total_seconds()
        url = THROUGH_SSH if place else endpoint.url
        try:
            client = _Client(base_url=url, version=api, timeout=ceil(answer), tls=endpoint.tls or False)
        except ValueError as error:
            raise DockerException(f"the address is none ({error})") from error
        if place:
            client.mount(SCHEME, ssh.adapter(place, connect_within=connect, timeout=ceil(answer)))
        else:
            keep_one_pool(client, ceil(answer))
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
