"""``imgbot demo``: a Slack workspace on this machine, and the real bot in it."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from pydantic import SecretStr

from bot import logs
from bot.app import daemons, open_store
from bot.dockerd.hosts import BadEndpoint, local_endpoint
from bot.peek import Peek
from bot.playground.demo import SIMULATED, RunningWorkspace, real, simulated_daemon, workspace
from bot.playground.inside import Inside
from bot.playground.people import GROUPS
from bot.playground.saved import Unreadable
from bot.service import Service
from bot.serving import wait_for_signal
from bot.settings import BadSettings, BreakGlassTable, Environment, File, HostTable, RuleTable, Settings, SlackTable
from bot.terminal import plainly

HOST = "web-3"
"""What the host with the simulated daemon is called."""
DANA = "U0DEV"
"""The workspace's developer, who may break the glass so that it can be tried."""
APPROVALS = "C0APPROVALS"
"""The workspace's channel where requests are posted."""
AUDIT = "C0AUDIT"
"""The one for notices."""
CONNECTED_WITHIN = 20.0


@click.command(name="demo")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes any free one.")
@click.option("--daemon", default="simulated", show_default=True, help="simulated, auto (this machine's) or a URL.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Go on where a demo in it ended.")
@plainly
def demo_(port: int, daemon: str, folder: Path | None) -> None:
    """Start a Slack workspace on this machine, and the bot in it. Nothing to sign up for."""
    logs.configure("text")
    with demo(port, daemon, folder) as url:
        click.echo(f"The workspace is open at {url} (Ctrl-C ends it).")
        wait_for_signal()


@contextmanager
def demo(port: int, daemon: str, folder: Path | None = None) -> Iterator[str]:
    """Run a workspace and the bot within the block, and give the page's address.

    *daemon* is "simulated", "auto" for the one that the docker command would talk to, or a URL. Port 0 is any free one.
    With a *folder* all of it goes on where it was, without one nothing is left behind. Raises ``BadSettings`` when the
    port or the folder is taken, the URL is none, or the bot does not come up.
    """
    with ExitStack() as stack:
        passing = Path(stack.enter_context(TemporaryDirectory(prefix="imgbot-demo-")))
        try:
            yield stack.enter_context(_running(port, daemon, passing, _ours(folder, stack) if folder else passing))
        except Unreadable as error:
            raise BadSettings((str(error),)) from error


@contextmanager
def _running(port: int, daemon: str, passing: Path, folder: Path) -> Iterator[str]:
    with ExitStack() as stack:
        hosts: dict[str, HostTable] = {}
        banner = SIMULATED
        if daemon == "simulated":
            hosts[HOST] = HostTable(
                url=stack.enter_context(simulated_daemon(passing / "docker.sock", kept=folder / "daemon.json"))
            )
        elif daemon == "auto":
            banner = real(_local())
        else:
            hosts["real"] = _host(daemon)
            banner = real(daemon)
        inside = Inside()
        try:
            place = stack.enter_context(workspace(port, banner, inside=inside, kept=folder / "workspace.json"))
        except OSError as error:
            raise BadSettings(
                (f"port {port} is taken ({error.strerror}). Choose another: --port 0 takes any.",)
            ) from error
        chosen = settings(place, hosts, folder)
        service = Service(chosen)
        service.start()
        _show(chosen, inside, stack)
        stack.callback(service.stop)
        if not service.wait_connected(CONNECTED_WITHIN):
            raise BadSettings(("the bot did not connect to the workspace.",))
        yield place.url


def _ours(folder: Path, stack: ExitStack) -> Path:
    """Return the folder, made where it is missing, and held until the end: two demos would write over each other."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = stack.enter_context((folder / "lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BadSettings(
            (f"--folder {folder}: another demo is running in it. End that one or use another.",)
        ) from error
    except OSError as error:
        raise BadSettings((f"--folder {folder}: {error.strerror}. Use another.",)) from error
    return folder


def _show(chosen: Settings, inside: Inside, stack: ExitStack) -> None:
    """Have the page show what the bot's hosts hold, and its record."""
    store = open_store(chosen)
    stack.callback(store.close)
    looking = tuple(daemons(chosen).values())
    for daemon in looking:
        stack.callback(daemon.close)
    peek = Peek(store, looking)
    inside.hosts, inside.record = peek.hosts, peek.record


def _local() -> str:
    try:
        return local_endpoint().url
    except BadEndpoint as error:
        raise BadSettings((f"--daemon auto: {error}",)) from error


def _host(url: str) -> HostTable:
    try:
        return HostTable(url=url)
    except ValueError as error:
        raise BadSettings(
            (f'--daemon {url}: say simulated, auto, or a URL such as "unix:///var/run/docker.sock".',)
        ) from error


def settings(place: RunningWorkspace, hosts: dict[str, HostTable], folder: Path) -> Settings:
    """Return settings for a bot in *place* with these hosts, a database in *folder*, and one lead's approval needed."""
    return Settings(
        environment=Environment(
            slack_bot_token=SecretStr(place.bot_token),
            slack_app_token=SecretStr(place.app_token),
            slack_api_url=place.api_url,
            imgbot_database_url=f"sqlite:///{folder / 'imgbot.db'}",
        ),
        file=File(
            slack=SlackTable(approvals_channel=APPROVALS, audit_channel=AUDIT, message_pause=timedelta(0)),
            hosts=hosts,
            rules=(RuleTable(name="ops leads approve", approvers=tuple(group.id for group in GROUPS)),),
            break_glass=BreakGlassTable(people=(DANA,)),
        ),
        path=None,
    )
