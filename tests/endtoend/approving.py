"""A process of the bot for tests: it answers deliveries in several threads, and carries out what is approved.

``python -m tests.endtoend.approving DATABASE_URL SOCKET OWNER`` waits for a line on stdin, works until everything that
was delivered is answered and carried out, and prints what it answered to whom, as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from bot.app import Flows, flows
from bot.approval.policy import Policy, Rule
from bot.approval.request import RequestId, State
from bot.db import database
from bot.db.store import Store
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.answers import Sentence, TooLate
from tests.flows.fakes import FakeConversation, FakeDirectory

THREADS = 8
WITHIN = 60.0
RULES = Policy(rules=(Rule(name="prod", approvers=("S0OPSLEADS",), expires=timedelta(hours=4)),))
LEADS = tuple(f"U0LEAD{number}" for number in range(50))


def made(store: Store, socket: str, owner: str, conversation: FakeConversation) -> tuple[Flows, Daemon]:
    """Put the flows together over a daemon, with fifty leads."""
    daemon, directory = Daemon("web-3", endpoint(f"unix://{socket}")), FakeDirectory()
    directory.leads = frozenset(LEADS)
    together = flows(
        store=store,
        hosts={daemon.host: daemon},
        policy=lambda: RULES,
        conversation=conversation,
        directory=directory,
        owner=owner,
    )
    return together, daemon


def main(url: str, socket: str, owner: str) -> None:
    """Do as the module says."""
    store, conversation = Store(database.engine(url)), FakeConversation()
    bot, daemon = made(store, socket, owner, conversation)
    print("ready", flush=True)  # noqa: T201 -- this is how the test hears of it
    sys.stdin.readline()
    until = time.monotonic() + WITHIN

    def work(does: Callable[[], bool]) -> None:
        while time.monotonic() < until and not _finished(store):
            if not does():
                time.sleep(0.01)

    with ThreadPoolExecutor(THREADS + 1) as pool:
        removing = pool.submit(work, bot.removes[0].next)  # one loop for a host, as in the service
        list(pool.map(work, [bot.receive.next] * THREADS))
        removing.result()
    while bot.receive.next():
        pass
    told = [(person.user_id, said(answer)) for person, answer in conversation.answers]
    print(json.dumps(told), flush=True)  # noqa: T201 -- this is how the test hears of it
    daemon.close()
    store.close()


def _finished(store: Store) -> bool:
    with store.reading() as reading:
        request = reading.request(RequestId(1))
    return request is not None and request.state is State.FINISHED


def said(answer: object) -> str:
    """Return an answer in words."""
    match answer:
        case TooLate(request=request):
            return f"too late: {request.state}"
        case Sentence(text=text):
            return text
    return repr(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
