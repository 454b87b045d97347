"""How a daemon is reached."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from docker.context import ContextAPI
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env

TIMEOUT = timedelta(seconds=60)
DEFAULT_SOCKET = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The address of a daemon, its certificates where it has any, and how long one call may take."""

    url: str
    tls: TLSConfig | None = None
    timeout: timedelta = TIMEOUT


def endpoint(url: str, *, timeout: timedelta = TIMEOUT, certificates: Path | None = None) -> Endpoint:
    """Return the daemon at *url* (``unix://``, ``tcp://``, ``ssh://``), with the certificates in a folder."""
    tls = None
    if certificates is not None:
        pair = (str(certificates / "cert.pem"), str(certificates / "key.pem"))
        tls = TLSConfig(client_cert=pair, ca_cert=str(certificates / "ca.pem"), verify=True)
    return Endpoint(url=url, tls=tls, timeout=timeout)


def local_endpoint(environment: Mapping[str, str] = os.environ) -> Endpoint:
    """Return the daemon that the ``docker`` command would talk to: ``DOCKER_HOST``, or else the current context."""
    found = kwargs_from_env(environment=dict(environment))
    if "base_url" not in found:
        found |= ContextAPI.kwargs_from_context(environment=dict(environment))
    return Endpoint(url=found.get("base_url", DEFAULT_SOCKET), tls=found.get("tls") or None)
