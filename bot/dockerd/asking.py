"""The calls of a daemon, questions and the removal; the answers are as the daemon gave them, in JSON.

Each raises what ``faults.FAULTS`` names.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import requests
from docker import APIClient, auth
from docker.errors import APIError, NotFound, create_api_error_from_http_exception

from bot.dockerd.clock import Reading, text
from bot.dockerd.translate import Json
from bot.dockerd.whole import Each
from bot.images.listing import Filters

CACHE_WITHIN = 5.0
"""Seconds that ``GET /system/df`` may take where a daemon older than 23.0 adds every volume up for it."""
NARROWS = (1, 42)
"""The version of the API from which on ``GET /system/df`` may be asked for one kind of thing."""
CHUNK = 65_536
BUSY = "a disk usage operation is already running"
"""How daemons before 23.0 refuse to add up for two clients at once."""
BUSY_FOR = 0.02
FORBIDDEN = 403
"""No daemon answers so by itself: a gate or an authorization plugin does."""


def info(client: APIClient) -> tuple[Json, Reading]:
    """Return ``GET /info``, and what it says of the daemon's clock."""
    sent = time.monotonic_ns()
    answer: Json = _call(client, "GET", "/info").json()
    return answer, Reading.of(answer["SystemTime"], sent, time.monotonic_ns())


def images(client: APIClient) -> Sequence[Json]:
    """Return ``GET /images/json?all=1``."""
    found: list[Json] = _call(client, "GET", "/images/json", {"all": "1"}).json()
    return found


def containers(client: APIClient) -> Sequence[Json]:
    """Return ``GET /containers/json?all=1``."""
    found: list[Json] = _call(client, "GET", "/containers/json", {"all": "1"}).json()
    return found


def filtered(client: APIClient, filters: Filters) -> Sequence[Json]:
    """Return ``GET /images/json?all=1`` with filters: the daemon lists only those references that they match."""
    values: dict[str, list[str]] = {}
    for key, value in filters:
        values.setdefault(key, []).append(value)
    found: list[Json] = _call(client, "GET", "/images/json", {"all": "1", "filters": json.dumps(values)}).json()
    return found


def dangling(client: APIClient) -> frozenset[str]:
    """Return the IDs of the images that the list of dangling ones has."""
    return frozenset(entry["Id"] for entry in filtered(client, (("dangling", "true"),)))


def image(client: APIClient, target: str) -> Json | None:
    """Return ``GET /images/{name}/json``; None where there is no such image."""
    found: Json | None = _looked_up(client, "/images/{}/json", target)
    return found


def container(client: APIClient, container_id: str) -> Json | None:
    """Return ``GET /containers/{id}/json``; None where there is no such container any more, or where that is refused.

    A gate before the socket refuses it, as the answer has the container's environment.
    """
    try:
        found: Json | None = _looked_up(client, "/containers/{}/json", container_id)
    except APIError as error:
        if error.status_code != FORBIDDEN:
            raise
        return None
    return found


def history(client: APIClient, image_id: str) -> Sequence[Json] | None:
    """Return ``GET /images/{name}/history``; None where there is no such image any more, or none of it."""
    found: Sequence[Json] | None = _looked_up(client, "/images/{}/history", image_id)
    return found


def distribution(client: APIClient, reference: str, credentials: str | None, *, within: float) -> Json:
    """Return ``GET /distribution/{name}/json``: what the registry says of a reference, asked by the daemon."""
    headers = {} if credentials is None else {"X-Registry-Auth": credentials}
    found: Json = _call(
        client, "GET", f"/distribution/{_quoted(reference)}/json", within=within, headers=headers
    ).json()
    return found


def removal(client: APIClient, target: str, *, force: bool, prune: bool) -> str:
    """Send ``DELETE /images/{name}``, and return the records as the text that they came in."""
    query = {"force": str(force), "noprune": str(not prune)}
    return _call(client, "DELETE", f"/images/{_quoted(target)}", query).content.decode(errors="replace")


def tag(client: APIClient, image_id: str, repository: str, name: str) -> None:
    """Send ``POST /images/{id}/tag``."""
    _call(client, "POST", f"/images/{_quoted(image_id)}/tag", {"repo": repository, "tag": name})


def pull(client: APIClient, repository: str, digest: str) -> Iterator[Json]:
    """Send ``POST /images/create``, and yield what the daemon tells while it pulls, each as soon as it is told.

    It is given what docker-py finds for the registry in the configuration of the ``docker`` command, by the name of the
    registry or by a helper that keeps the passwords.
    """
    registry, _ = auth.resolve_repository_name(repository)
    header = auth.get_config_header(client, registry)
    headers = {"X-Registry-Auth": header.decode()} if header else {}
    query = {"fromImage": repository, "tag": digest}
    within = Each(_within(client))
    with _call(client, "POST", "/images/create", query, within=within, stream=True, headers=headers) as answer:
        for line in answer.iter_lines(CHUNK):
            if line:
                yield json.loads(line)


def disk_usage(client: APIClient) -> Json:
    """Return ``GET /system/df?type=image``; before API 1.42 a daemon adds up everything all the same."""
    narrows = tuple(map(int, client.api_version.split("."))) >= NARROWS
    return _usage(client, "image", _within(client) if narrows else CACHE_WITHIN)


def build_cache(client: APIClient) -> Json:
    """Return ``GET /system/df?type=build-cache``, likewise."""
    return _usage(client, "build-cache", CACHE_WITHIN)


def _usage(client: APIClient, kind: str, within: float) -> Json:
    limit = time.monotonic() + within
    while True:
        try:
            found: Json = _call(client, "GET", "/system/df", {"type": kind}, within=within).json()
        except APIError as error:
            if BUSY not in str(error.explanation) or time.monotonic() > limit:
                raise
            time.sleep(BUSY_FOR)
        else:
            return found


def events(client: APIClient, since: int, until: int) -> Sequence[Json]:
    """Return ``GET /events`` from *since* to *until*, both included, in nanoseconds of the daemon's own clock.

    The daemon remembers the last ones of every type. It answers when its clock has reached *until*.
    """
    body = bytearray()
    limit = time.monotonic() + _within(client)
    with _call(client, "GET", "/events", {"since": text(since), "until": text(until)}, stream=True) as answer:
        for chunk in answer.iter_content(CHUNK):
            body += chunk
            if time.monotonic() > limit:
                raise requests.Timeout("the events do not end")
    return [json.loads(line) for line in body.splitlines()]


def told_until(client: APIClient, since: int, until: int) -> Iterator[Json]:
    """Yield what ``GET /events`` tells of images from *since* to *until*, likewise, each as soon as it is told."""
    query = {"since": text(since), "until": text(until), "filters": '{"type":["image"]}'}
    with _call(client, "GET", "/events", query, stream=True) as answer:
        for line in answer.iter_lines(CHUNK):
            if line:
                yield json.loads(line)


def _looked_up(client: APIClient, path: str, name: str) -> Any:  # noqa: ANN401 -- JSON
    """Return what the daemon tells of one thing; None where there is no such thing."""
    try:
        return _call(client, "GET", path.format(_quoted(name))).json()
    except NotFound:
        return None


def _quoted(name: str) -> str:
    return quote(name, safe="/:")


def _call(  # noqa: PLR0913 -- what a call of HTTP is made of, each by its name
    client: APIClient,
    method: str,
    path: str,
    params: Mapping[str, str] | None = None,
    *,
    within: float | None = None,
    stream: bool = False,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """Call the daemon, and raise what docker-py raises. It takes *within* seconds at most, and no longer than any call.

    By docker-py's connection, but not by its session: that takes half as much time again, where a thousand images are
    asked for, and removed, one by one, or two hundred hosts are looked at together. What a session would do besides is
    to follow where an answer sends it.
    """
    request = requests.PreparedRequest()
    request.prepare_method(method)
    request.url = f"{client.base_url}/v{client.api_version}{path}" + (f"?{urlencode(params)}" if params else "")
    request.prepare_headers({**client.headers, **(headers or {})})
    timeout = client.timeout if within is None else (client.timeout[0], min(within, _within(client)))  # type: ignore[index]
    adapter = client.get_adapter(client.base_url)
    verify = True if client.verify is None else client.verify
    answer = adapter.send(request, timeout=timeout, stream=stream, verify=verify, cert=client.cert)
    if answer.is_redirect:
        with answer:
            raise requests.TooManyRedirects("the answer sends on to elsewhere")
    try:
        answer.raise_for_status()
    except requests.HTTPError as error:
        with answer:  # what it says may still have to be read
            raise create_api_error_from_http_exception(error) from error
    if not stream:
        _ = answer.content  # only then is the connection free for the next call
    return answer


def _within(client: APIClient) -> float:
    """Return the seconds that an answer may take."""
    return float(client.timeout[1])  # type: ignore[index]  # Clients puts a pair there
