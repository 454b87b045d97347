"""``imgbot serve``: the bot as a process, which ends when it is told to."""

import os
import signal
import socket
import sys
from collections.abc import Callable

import click

from bot.service import Service
from bot.terminal import plainly, settings_of

ENDS = (signal.SIGTERM, signal.SIGINT)
"""The signals that end the bot."""


@click.command()
@click.pass_context
@plainly
def serve(context: click.Context) -> None:
    """Run the bot. SIGHUP has it read its rules again."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there are rules that can be read again
    service = Service(settings_of(context), end=lambda: os.kill(os.getpid(), signal.SIGTERM))
    wait_for_signal(service.reload, begin=service.start)
    for number in ENDS:
        signal.signal(number, _at_once)
    service.stop()
    sys.stdout.flush()
    sys.stderr.flush()
    # Python would wait for threads that ask a daemon that does not answer; all that counts is written.
    os._exit(1 if service.outgrown else 0)


def _at_once(number: int, _: object) -> None:
    """End without waiting for anything: whoever says so a second time means it. Claims run out by themselves."""
    os._exit(128 + number)


def wait_for_signal(on_hangup: Callable[[], None] | None = None, begin: Callable[[], None] = lambda: None) -> None:
    """Return when the process is told to end. At each SIGHUP call *on_hangup*, where it is given.

    *begin* is called once that is heard: from then on there is something to give back. Signals are read from a socket:
    one that came just before this thread began to wait for a lock would be heard only at the next.
    """
    heard, told = socket.socketpair()
    told.settimeout(0)  # it is written to in the signal's handler
    with heard, told:
        before = signal.set_wakeup_fd(told.fileno())
        for number in (*ENDS, *([signal.SIGHUP] if on_hangup else [])):
            signal.signal(number, lambda _number, _: None)
        begin()
        while (heard_of := signal.Signals(heard.recv(1)[0])) not in ENDS:
            if heard_of is signal.SIGHUP and on_hangup:
                on_hangup()
        signal.set_wakeup_fd(before)
