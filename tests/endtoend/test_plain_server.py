"""The bot runs against any server that speaks Slack's documented Web API and Socket Mode, by its address and tokens.

The server here shares nothing with the playground, and knows only what is needed most: no Home tab, no files, and
nothing of what was said before.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import docker
import pytest
from pydantic import SecretStr

from bot.approval.request import Request, RequestId, State
from bot.db.store import Store
from bot.playground.demo import simulated_daemon
from bot.service import Service
from bot.settings import Environment, File, HostTable, RuleTable, Settings, SlackTable
from tests.endtoend.team import DEADLINE, opened, until
from tests.slack.plain_server import ADA, APP_TOKEN, BOT_TOKEN, CHANNEL, GROUP, LEAD, TEAM, PlainServer, plain_server


@contextmanager
def at_work(server: PlainServer, daemon: str, folder: Path) -> Iterator[Store]:
    """Run the bot against *server*: nothing but the address and the tokens says which one it is."""
    made = Settings(
        environment=Environment(
            slack_bot_token=SecretStr(BOT_TOKEN),
            slack_app_token=SecretStr(APP_TOKEN),
            slack_api_url=f"{server.url}/api/",
            imgbot_database_url=f"sqlite:///{folder / 'imgbot.db'}",
        ),
        file=File(
            slack=SlackTable(approvals_channel=CHANNEL, message_pause=timedelta(0)),
            hosts={"web-3": HostTable(url=daemon)},
            rules=(RuleTable(name="leads", approvers=(GROUP,)),),
        ),
        path=None,
    )
    service = Service(made)
    service.start()
    try:
        assert service.wait_connected(DEADLINE)
        yield opened(made)
    finally:
        service.stop()


def asked(server: PlainServer, text: str) -> str:
    """Have Ada ask, and return ``ts`` of the message in the approvals channel."""
    before = set(server.messages)
    assert server.command(ADA, text) == {}
    return until(
        lambda: [ts for ts, said in server.messages.items() if ts not in before and said["channel"] == CHANNEL]
    )[0]


def stored(store: Store, number: int) -> Request:
    """Return a request as it is stored."""
    with store.reading() as reading:
        request = reading.request(RequestId(number))
    assert request is not None
    return request


def reached(store: Store, number: int, state: State) -> bool:
    """Wait until a request is in *state*."""
    return until(lambda: stored(store, number).state is state)


def told(server: PlainServer, words: str) -> bool:
    """Wait until somebody is told this in private."""
    return until(lambda: words in json.dumps(server.answers, ensure_ascii=False))


@pytest.mark.parametrize("brief", [False, True])
def test_from_the_command_to_the_record(tmp_path: Path, *, brief: bool) -> None:
    """Asked, approved, removed and looked up, and rejected by a form. Nothing undocumented was sent to the server."""
    with plain_server(brief=brief) as server, simulated_daemon(tmp_path / "docker.sock") as url:
        with at_work(server, url, tmp_path) as store, closing(docker.APIClient(url, version="1.41")) as client:
            ts = asked(server, "rm redis:alpine")
            assert "redis:alpine" in json.dumps(server.messages[ts])
            server.click(ADA, ts, "img_approve")
            assert told(server, "someone else has to decide")
            assert stored(store, 1).state is State.PENDING
            server.click(LEAD, ts, "img_approve")
            assert reached(store, 1, State.FINISHED)
            assert client.images("redis:alpine") == []
            until(lambda: "Finished" in json.dumps(server.messages[ts]))
            assert until(lambda: [said for said in server.messages.values() if said["channel"] == f"D{ADA[1:]}"])
            server.answers.clear()
            server.command(ADA, "history redis:alpine")
            assert told(server, "What was removed for redis:alpine, newest first")

            ts = asked(server, "rm nginx")
            server.click(LEAD, ts, "img_reject")
            view = until(lambda: server.views)[-1]
            assert server.submit(LEAD, view, {"text": {"text": {"type": "plain_text_input", "value": "no"}}}) == {}
            assert reached(store, 2, State.REJECTED)
            assert client.images("nginx") != []
            server.answers.clear()
            server.command(ADA, "stats")
            assert told(server, "This server takes no files.")
            event = {
                "type": "app_home_opened",
                "user": ADA,
                "channel": "D1",
                "tab": "home",
                "event_ts": "1515449522.016",
            }
            outer = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event_time": 1515449522}
            assert server.deliver("events_api", outer | {"event": event}) == {}
            assert until(lambda: "views.publish" in server.unknown)
            server.answers.clear()
            server.command(LEAD, "pending")
            assert told(server, "asks.")
        assert server.faults == []
