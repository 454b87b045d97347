"""The workspace, running: for ``imgbot demo`` and for tests."""

import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.playground import saved
from bot.playground.daemon import SimulatedDaemon
from bot.playground.inside import Inside
from bot.playground.seed import seeded
from bot.playground.site import site
from bot.playground.socket_mode import ACK_SECONDS
from bot.playground.workspace import Workspace
from bot.web.running import running

ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What the page says about the daemon; ``real`` where removals are real."""

    text: str
    real: bool


SIMULATED = Banner(text="A simulated daemon: nothing on this machine is removed. Try everything.", real=False)


def real(daemon: str) -> Banner:
    """Return the banner for a real *daemon*, named by its address."""
    return Banner(text=f"What is approved here is really removed, from {daemon}.", real=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningWorkspace:
    """Where a workspace is and how an app gets in: ``api_url`` is what ``SLACK_API_URL`` must be."""

    url: str
    api_url: str
    bot_token: str
    app_token: str


@contextmanager
def workspace(
    port: int | None = None,
    banner: Banner = SIMULATED,
    *,
    now: Callable[[], float] = time.time,
    ack_seconds: float = ACK_SECONDS,
    inside: Inside | None = None,
    kept: Path | None = None,
) -> Iterator[RunningWorkspace]:
    """Run a workspace on a loopback *port* (None: any that is free) within the block.

    The page shows what is *inside*: hosts and a record. In a file *kept* the workspace goes on where it was.

    Raises OSError when the port is taken, ``saved.Unreadable`` for a file that is none.
    """
    state = Workspace(
        now=now,
        bot_token=f"xoxb-playground-{secrets.token_hex(12)}",
        app_token=f"xapp-playground-{secrets.token_hex(12)}",
        banner=banner.text,
        real=banner.real,
    )
    if kept is not None:
        saved.restore(state, kept)
        state.on_change = saved.Keeper(state, kept).changed
    listening = socket.create_server((ADDRESS, port or 0))
    url = state.url = f"http://{ADDRESS}:{listening.getsockname()[1]}"
    with running(site(state, ack_seconds=ack_seconds, inside=inside), listening, state.close):
        yield RunningWorkspace(url=url, api_url=f"{url}/api/", bot_token=state.bot_token, app_token=state.app_token)


@contextmanager
def simulated_daemon(path: Path, *, now: Callable[[], float] = time.time, kept: Path | None = None) -> Iterator[str]:
    """Run a simulated daemon on a socket file within the block, and give its URL for ``DOCKER_HOST``.

    Only the user who runs it may connect. In a file *kept* it holds what it held before. Raises OSError when *path* is
    taken or too long for a socket (107 bytes).
    """
    published = seeded(now())
    world = (saved.saved_world(kept) if kept else None) or published
    changed = partial(saved.save_world, path=kept) if kept else None
    daemon = SimulatedDaemon(world, now, published=published, changed=changed)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(0o600)  # before anybody can connect: it does not listen yet
    try:
        with running(daemon.app(), listening, daemon.close):
            yield f"unix://{path}"
    finally:
        path.unlink(missing_ok=True)
