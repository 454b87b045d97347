"""What the demo's page shows of its hosts."""

import time
from contextlib import ExitStack
from pathlib import Path

from bot.app import daemons, open_store
from bot.demo import settings
from bot.peek import Peek
from bot.playground.demo import simulated_daemon, workspace
from bot.settings import HostTable


def test_a_host_that_does_not_answer_stays_in_the_picture(tmp_path: Path) -> None:
    """As it was when it did, and why it does not now; one that never did has its name and the reason."""
    socket = tmp_path / "a.sock"
    hosts = {"web-3": HostTable(url=f"unix://{socket}"), "web-4": HostTable(url=f"unix://{tmp_path}/none.sock")}
    with ExitStack() as stack:
        place = stack.enter_context(workspace())
        chosen = settings(place, hosts, tmp_path)
        store = open_store(chosen)
        stack.callback(store.close)
        looking = tuple(daemons(chosen).values())
        for daemon in looking:
            stack.callback(daemon.close)
        peek = Peek(store, looking)
        with simulated_daemon(socket, now=time.time):
            there, never = peek.hosts()
        gone, _ = peek.hosts()
    assert (there["silent"], len(there["rows"])) == ("", 10)
    assert "web-3" in gone["silent"]
    assert gone["rows"] == there["rows"]
    assert gone["blocks"] == there["blocks"]
    assert (never["host"], never["rows"]) == ("web-4", [])
    assert "web-4" in never["silent"]
