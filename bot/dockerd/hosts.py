"""How a daemon is reached."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from docker.context import ContextAPI
from docker.errors import TLSParameterError
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env

from bot.dockerd import ssh

CONNECT_WITHIN = timedelta(seconds=10)
ANSWER_WITHIN = timedelta(seconds=60)
"""Taking many layers off a slow disk takes the daemon long, and only then does it answer."""
AT_ONCE = 8
"""Calls that a daemon gets at the same time."""
AT_ONCE_BY_SSH = 4
"""The same where each takes an ``ssh``: sshd begins to refuse at ten that have not logged in yet (``MaxStartups``)."""


class BadEndpoint(ValueError):  # noqa: N818 -- named for what it says
    """An address that cannot be used; the message is a sentence for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The address of a daemon, its certificates where it has any, and how long a call may wait.

    ``connect_within`` is for the connection, ``timeout`` for each answer. ``at_once`` is how many calls it gets at the
    same time, ``ssh_config`` a file for ``ssh`` in the place of the account's own.
    """

    url: str
    tls: TLSConfig | None = None
    timeout: timedelta = ANSWER_WITHIN
    connect_within: timedelta = CONNECT_WITHIN
    at_once: int = AT_ONCE
    ssh_config: Path | None = None

    @property
    def by_ssh(self) -> ssh.Place | None:
        """Where ``ssh`` goes; None where the daemon is reached in another way."""
        return ssh.place(self.url, self.ssh_config)


def endpoint(
    url: str,
    *,
    timeout: timedelta = ANSWER_WITHIN,
    certificates: Path | None = None,
    at_once: int | None = None,
    ssh_config: Path | None = None,
) -> Endpoint:
    """Return the daemon at *url* (``unix://``, ``tcp://``, ``ssh://``), with ca.pem, cert.pem and key.pem in a folder.

    Raises ``BadEndpoint`` where one of them is not there, and where ``ssh`` could not go to the address.
    """
    tls = _certificates(certificates) if certificates else None
    return _checked(
        Endpoint(url=url, tls=tls, timeout=timeout, at_once=at_once or AT_ONCE, ssh_config=ssh_config), at_once
    )


def of_context(
    name: str, *, timeout: timedelta = ANSWER_WITHIN, at_once: int | None = None, ssh_config: Path | None = None
) -> Endpoint:
    """Return the daemon of a Docker context. Raises ``BadEndpoint`` where there is none of that name."""
    found = replace(_of_context({**os.environ, "DOCKER_CONTEXT": name}), timeout=timeout, ssh_config=ssh_config)
    return _checked(replace(found, at_once=at_once or AT_ONCE), at_once)


def _checked(made: Endpoint, at_once: int | None) -> Endpoint:
    """Return an endpoint that can be used; by ``ssh`` with fewer calls at once, where nobody says how many."""
    if not made.url.startswith(ssh.SCHEME):
        return made
    if made.by_ssh is None:
        raise BadEndpoint(
            f"{made.url} is no place that ssh could go to: it is ssh://USER@HOST or ssh://USER@HOST:PORT."
        )
    if made.ssh_config is not None and not made.ssh_config.is_file():
        raise BadEndpoint(f"There is no {made.ssh_config}, which ssh_config names.")
    return replace(made, at_once=at_once or AT_ONCE_BY_SSH)


def _certificates(folder: Path) -> TLSConfig:
    ca, cert, key = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
    missing = [str(path) for path in (ca, cert, key) if not path.is_file()]
    if missing:
        raise BadEndpoint(f"There is no {', no '.join(missing)}: a tcp:// daemon wants all three.")
    return TLSConfig(client_cert=(str(cert), str(key)), ca_cert=str(ca), verify=True)


def local_endpoint(environment: Mapping[str, str] = os.environ) -> Endpoint:
    """Return the daemon that the ``docker`` command would talk to.

    That is ``DOCKER_HOST`` with ``DOCKER_TLS_VERIFY`` and ``DOCKER_CERT_PATH``, or else the context that
    ``DOCKER_CONTEXT`` or the file ``config.json`` in ``~/.docker`` (or ``DOCKER_CONFIG``) names. Raises ``BadEndpoint``
    where that is not there: another daemon must not stand in for it.
    """
    if not environment.get("DOCKER_HOST"):
        return _of_context(environment)
    try:
        found = kwargs_from_env(environment=dict(environment))
    except TLSParameterError as error:
        raise BadEndpoint(f"DOCKER_CERT_PATH holds no certificates that can be used: {error}") from error
    return _checked(Endpoint(url=found["base_url"], tls=found.get("tls") or None), None)


def _overlooked(environment: Mapping[str, str]) -> str:
    """Say why a context that is there may not be found: docker-py finds the folder by its ``config.json`` alone.

    ``docker context create`` makes none (docker-py, ``docker/context/config.py``).
    """
    folder = Path(environment.get("DOCKER_CONFIG") or Path.home() / ".docker")
    if (folder / "config.json").exists():
        return ""
    return f" {folder} has no config.json, without which they are not read: one that holds {{}} will do."


def _of_context(environment: Mapping[str, str]) -> Endpoint:
    named = environment.get("DOCKER_CONTEXT")
    try:
        found = ContextAPI.kwargs_from_context(named, environment=environment)
    except Exception as error:  # docker-py raises bare ``Exception`` for a context file that it cannot read
        raise BadEndpoint(f"The Docker context cannot be read: {error}") from error
    if "base_url" not in found:
        name = f"There is no Docker context {named!r}" if named else "The current Docker context is not there"
        raise BadEndpoint(f"{name}. `docker context ls` lists them.{_overlooked(environment)}")
    return _checked(Endpoint(url=found["base_url"], tls=found.get("tls")), None)
