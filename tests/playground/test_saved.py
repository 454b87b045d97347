"""A workspace and a simulated daemon go on where they were."""

from pathlib import Path

import docker
import pytest
import requests
from slack_sdk import WebClient

from bot.playground.demo import simulated_daemon, workspace
from bot.playground.saved import Unreadable
from bot.playground.seed import seeded
from tests.playground.driving import CARD, Driver


def test_a_workspace_goes_on_where_it_was(tmp_path: Path) -> None:
    """Messages with their blocks, threads, files, private answers, names, groups and the Home tab are there again."""
    kept = tmp_path / "workspace.json"
    with workspace(kept=kept) as place:
        web, play = WebClient(token=place.bot_token, base_url=place.api_url), Driver(place.url)
        parent = web.chat_postMessage(channel="C0DEV", text="a card", blocks=CARD)["ts"]
        web.chat_postMessage(channel="C0DEV", text="below", thread_ts=parent)
        web.chat_postEphemeral(channel="C0DEV", user="U0DEV", text="psst")
        web.files_upload_v2(channel="C0DEV", filename="plan.txt", content=b"\xff\x00 any bytes")
        web.views_publish(user_id="U0DEV", view={"type": "home", "blocks": CARD[:1]})
        play.do("rename", user="U0LEAD", name="Olga P.")
        play.do("group", group="S0OPSLEADS", members=["U0LEAD"])
        before = play.state("U0DEV")
    with workspace(kept=kept) as place:
        web, play = WebClient(token=place.bot_token, base_url=place.api_url), Driver(place.url)
        after = play.state("U0DEV")
        told = ("workspace", "messages", "home", "people", "latest")
        assert [after[name] for name in told] == [before[name] for name in told]
        assert web.usergroups_users_list(usergroup="S0OPSLEADS")["users"] == ["U0LEAD"]
        file = next(message["files"][0] for message in after["messages"] if message.get("files"))
        assert requests.get(place.url + file["url_private"], timeout=5).content == b"\xff\x00 any bytes"
        later = web.chat_postMessage(channel="C0DEV", text="later")["ts"]
        assert float(later) > float(before["messages"][-1]["ts"])


def test_a_daemon_holds_what_it_held(tmp_path: Path) -> None:
    """What was removed stays removed, and can be pulled all the same."""
    kept = tmp_path / "daemon.json"
    seed = seeded(0)
    held = {image.id for image in seed.images}
    for left in (len(held) - 1, len(held)):
        with simulated_daemon(tmp_path / "d.sock", kept=kept) as url:
            client = docker.APIClient(base_url=url)
            if left < len(held):
                client.remove_image("redis:alpine")
            else:
                assert len(client.images()) == left - 1
                digest = "sha256:f1ed3708f538b537eb9c2a7dd50dc90a706f7debd7e1196c9264edeea521a86d"
                client.pull(f"redis@{digest}")
            assert len(client.images()) == left
            client.close()


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A file that is no saved workspace is named, and left as it is."""
    kept = tmp_path / "workspace.json"
    kept.write_text('{"format": 1}')
    with pytest.raises(Unreadable, match=r"workspace\.json is not a saved playground"), workspace(kept=kept):
        pass
    assert kept.read_text() == '{"format": 1}'
