"""Apps as processes of their own, each in a Slack of its own: the bot, and a Bolt app that does nothing."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.slack import APP_TOKEN, BOT_TOKEN, Slack, slack

BOT = (sys.executable, "-m", "bot", "serve")
NOTHING = (sys.executable, "-m", "benchmarks.nothing", "URL")
IDLE = "help"
"""What is typed where no daemon is to be asked."""
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A process and the Slack that it is in. ``ready_after`` is how many seconds it took until it was connected."""

    slack: Slack
    pid: int
    ready_after: float

    @property
    def memory(self) -> int:
        """The bytes that it has in memory now."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE

    @property
    def processor(self) -> float:
        """The seconds of a processor that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def environment(folder: Path, config: str, url: str) -> dict[str, str]:
    """Return the environment of the bot with this text as its settings."""
    file = folder / "imgbot.toml"
    file.write_text(config)
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "IMGBOT_CONFIG": str(file),
        "IMGBOT_DATABASE_URL": url,
    }


@asynccontextmanager
async def started(command: Sequence[str], log: Path, given: dict[str, str]) -> AsyncIterator[App]:
    """Run an app within the block, from when it is connected and has acknowledged something."""
    async with slack() as server:
        arguments = [argument.replace("URL", f"{server.url}/api/") for argument in command]
        env = os.environ | given | {"SLACK_API_URL": f"{server.url}/api/"}
        began = time.perf_counter()
        with log.open("wb") as file:
            process = subprocess.Popen(arguments, env=env, stdout=file, stderr=file)  # noqa: ASYNC220 -- not waited for
        try:
            await server.connected()
            ready = time.perf_counter() - began
            await server.command(IDLE)
            yield App(slack=server, pid=process.pid, ready_after=ready)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait)
