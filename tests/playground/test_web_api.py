"""The Web API takes what Slack takes and refuses what Slack refuses, asked by Slack's own client."""

import json
from typing import Any

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.demo import RunningWorkspace
from tests.playground.driving import CARD, FORM, Driver

TEXT = {"type": "plain_text", "text": "Press"}
BUTTON = {"type": "button", "action_id": "a", "text": TEXT}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


def refused(web: WebClient, method: str, **given: Any) -> str:  # noqa: ANN401 (any argument)
    """Call a method that must be refused, and return Slack's word for it."""
    with pytest.raises(SlackApiError) as caught:
        web.api_call(method, json=given)
    return str(caught.value.response["error"])


def test_says_who_one_is(web: WebClient) -> None:
    """auth.test names the workspace and the bot."""
    answer = web.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0DEMO", "U0IMGBOT", "B0IMGBOT")


@pytest.mark.parametrize(("token", "error"), [("xoxb-wrong", "invalid_auth"), ("", "not_authed")])
def test_tokens_are_checked(running: RunningWorkspace, token: str, error: str) -> None:
    """A wrong token and none are told apart."""
    assert refused(WebClient(token=token, base_url=running.api_url), "auth.test") == error


def test_app_token_is_for_connections_only(running: RunningWorkspace) -> None:
    """An app-level token cannot post, and a bot token cannot open a connection."""
    app = WebClient(token=running.app_token, base_url=running.api_url)
    bot = WebClient(token=running.bot_token, base_url=running.api_url)
    assert refused(app, "chat.postMessage", channel="C0DEV", text="x") == "not_allowed_token_type"
    assert refused(bot, "apps.connections.open") == "not_allowed_token_type"
    assert str(app.apps_connections_open(app_token=running.app_token)["url"]).startswith("ws://127.0.0.1:")


def test_unknown_method(web: WebClient) -> None:
    """A method that does not exist is named in the answer."""
    assert refused(web, "chat.shout") == "unknown_method"


def test_post_update_delete(web: WebClient, play: Driver) -> None:
    """A message is posted with blocks, edited (text alone takes the blocks away) and deleted."""
    posted = web.chat_postMessage(channel="C0DEV", text="a card", blocks=CARD)
    assert [block["type"] for block in play.messages("U0DEV", "C0DEV")[0]["blocks"]] == ["header", "section", "actions"]
    web.chat_update(channel="C0DEV", ts=posted["ts"], text="done")
    (message,) = play.messages("U0DEV", "C0DEV")
    assert (message["text"], "blocks" in message, "edited" in message) == ("done", False, True)
    web.chat_delete(channel="C0DEV", ts=posted["ts"])
    assert play.messages("U0DEV", "C0DEV") == []


def test_form_encoded_calls(running: RunningWorkspace, play: Driver) -> None:
    """A form-encoded body with the token and the blocks in it is as good as JSON."""
    body = {"token": running.bot_token, "channel": "C0DEV", "text": "by form", "blocks": json.dumps([SECTION])}
    assert requests.post(f"{running.api_url}chat.postMessage", data=body, timeout=5).json()["ok"]
    assert play.messages("U0DEV", "C0DEV")[0]["blocks"][0]["text"]["text"] == "hello"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "U0NOBODY", "text": "x"}, "channel_not_found"),
        ({"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
        ({"channel": "C0DEV"}, "no_text"),
        ({"channel": "C0DEV", "text": "", "blocks": []}, "no_text"),
        ({"channel": "C0DEV", "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": "C0DEV", "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"channel": "C0DEV", "text": "x", "metadata": "[]"}, "invalid_metadata_format"),
    ],
)
def test_what_cannot_be_posted(web: WebClient, given: dict[str, Any], error: str) -> None:
    """Unknown places, places the bot is not in, and nothing to say are refused."""
    assert refused(web, "chat.postMessage", **given) == error


def test_only_own_messages_can_be_changed(web: WebClient, play: Driver) -> None:
    """What a person said cannot be edited or deleted by the bot, nor what nobody said."""
    play.do("message", user="U0DEV", channel="C0DEV", text="mine")
    ts = play.messages("U0DEV", "C0DEV")[0]["ts"]
    assert refused(web, "chat.update", channel="C0DEV", ts=ts, text="yours") == "cant_update_message"
    assert refused(web, "chat.delete", channel="C0DEV", ts=ts) == "cant_delete_message"
    assert refused(web, "chat.update", channel="C0DEV", ts="1.000001", text="x") == "message_not_found"


def test_update_is_shorter_than_a_post(web: WebClient) -> None:
    """chat.update takes 4 000 characters of text, chat.postMessage cuts at 40 000."""
    posted = web.chat_postMessage(channel="C0DEV", text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    assert refused(web, "chat.update", channel="C0DEV", ts=posted["ts"], text="x" * 4_001) == "msg_too_long"
    assert web.chat_update(channel="C0DEV", ts=posted["ts"], text="x" * 4_000)["ok"]


def test_ephemeral_is_for_one_person(web: WebClient, play: Driver) -> None:
    """An ephemeral message is seen by its person, and cannot be edited by chat.update."""
    ts = web.chat_postEphemeral(channel="C0DEV", user="U0DEV", text="psst")["message_ts"]
    assert [message["text"] for message in play.messages("U0DEV", "C0DEV")] == ["psst"]
    assert play.messages("U0LEAD", "C0DEV") == []
    assert refused(web, "chat.update", channel="C0DEV", ts=ts, text="x") == "message_not_found"
    assert refused(web, "chat.postEphemeral", channel="C0DEV", user="U0GONE", text="x") == "user_not_found"


def test_direct_messages(web: WebClient, play: Driver) -> None:
    """conversations.open gives the direct message of one person; nobody else sees it; a user ID works as well."""
    channel = web.conversations_open(users=["U0DEV"])["channel"]["id"]
    web.chat_postMessage(channel=channel, text="for you")
    assert web.chat_postMessage(channel="U0DEV", text="too")["channel"] == channel
    assert [message["text"] for message in play.messages("U0DEV", channel)] == ["for you", "too"]
    assert play.messages("U0LEAD", channel) == []
    assert refused(web, "conversations.open", users="U0IMGBOT") == "cannot_dm_bot"
    assert refused(web, "conversations.open", users="U0GONE") == "user_not_found"


def test_people_and_groups(web: WebClient) -> None:
    """The ops leads are Olga and Omar; Sam is a member and no lead."""
    assert web.usergroups_users_list(usergroup="S0OPSLEADS")["users"] == ["U0LEAD", "U0LEAD2"]
    assert [group["handle"] for group in web.usergroups_list()["usergroups"]] == ["ops-leads"]
    assert web.users_info(user="U0SAM")["user"]["team_id"] == "T0DEMO"
    assert web.users_info(user="U0IMGBOT")["user"]["is_bot"]
    assert web.conversations_info(channel="C0APPROVALS")["channel"]["name"] == "img-approvals"
    assert refused(web, "users.info", user="U0GONE") == "user_not_found"
    assert refused(web, "usergroups.users.list", usergroup="S0GONE") == "no_such_subteam"


def test_permalink_leads_to_the_message(web: WebClient, running: RunningWorkspace) -> None:
    """A permalink is an address of the page, which goes to the message."""
    posted = web.chat_postMessage(channel="C0DEV", text="here")
    link = web.chat_getPermalink(channel="C0DEV", message_ts=posted["ts"])["permalink"]
    assert link == f"{running.url}/archives/C0DEV/p{posted['ts'].replace('.', '')}"
    answer = requests.get(link, allow_redirects=False, timeout=5)
    assert answer.headers["Location"] == f"/seat#C0DEV/{posted['ts']}"
    assert refused(web, "chat.getPermalink", channel="C0DEV", message_ts="1.1") == "message_not_found"


@pytest.mark.parametrize(
    ("blocks", "fault"),
    [
        ([SECTION] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([{"type": "section", "text": TEXT | {"text": "x" * 3001}}], "must be less than 3001 characters"),
        ([{"type": "section", "text": TEXT | {"text": ""}}], "must be more than 0 characters"),
        ([{"type": "section"}], "missing required field: text or fields"),
        ([{"type": "section", "fields": [TEXT] * 11}], "no more than 10 items allowed"),
        ([{"type": "section", "fields": [TEXT | {"text": "x" * 2001}]}], "must be less than 2001 characters"),
        ([{"type": "header", "text": TEXT | {"text": "x" * 151}}], "must be less than 151 characters"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type: mrkdwn"),
        ([{"type": "context", "elements": [TEXT] * 11}], "no more than 10 items allowed"),
        ([{"type": "actions", "elements": [BUTTON] * 26}], "no more than 25 items allowed"),
        ([{"type": "actions", "elements": []}], "no fewer than 1 items allowed"),
        ([{"type": "actions", "elements": [BUTTON, BUTTON]}], "`action_id` a already exists"),
        ([SECTION | {"block_id": "b"}, SECTION | {"block_id": "b"}], "`block_id` b already exists"),
        ([SECTION | {"block_id": "x" * 256}], "must be less than 256 characters"),
        ([{"type": "actions", "elements": [BUTTON | {"text": TEXT | {"text": "x" * 76}}]}], "less than 76 characters"),
        ([{"type": "actions", "elements": [BUTTON | {"value": "x" * 2001}]}], "must be less than 2001 characters"),
        ([{"type": "actions", "elements": [BUTTON | {"style": "loud"}]}], "must be one of: danger, primary"),
        ([{"type": "actions", "elements": [BUTTON | {"confirm": {"title": TEXT}}]}], "missing required field: text"),
        ([{"type": "marquee"}], "unsupported type: marquee"),
        ([SECTION | {"colour": "red"}], "invalid additional property: colour [json-pointer:/blocks/0]"),
    ],
)
def test_blocks_beyond_the_limits(web: WebClient, blocks: list[dict[str, Any]], fault: str) -> None:
    """What is too long, too many, doubled or unknown is refused, with the place."""
    with pytest.raises(SlackApiError) as caught:
        web.chat_postMessage(channel="C0DEV", text="x", blocks=blocks)
    assert caught.value.response["error"] == "invalid_blocks"
    assert any(fault in each for each in caught.value.response["errors"])


def _table(rows: object, **more: object) -> list[dict[str, object]]:
    return [{"type": "table", "rows": rows, **more}]


CELL = {"type": "raw_text", "text": "redis"}
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}]}


@pytest.mark.parametrize(
    ("blocks", "error", "fault"),
    [
        (_table([]), "invalid_blocks", "no fewer than 1 items allowed [json-pointer:/blocks/0/rows]"),
        (_table("x"), "invalid_blocks", "must provide a list [json-pointer:/blocks/0/rows]"),
        (_table([[CELL]] * 101), "invalid_blocks", "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
        (_table([[CELL] * 21]), "invalid_blocks", "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
        (_table([[CELL, {"type": "button"}]]), "invalid_blocks", "must be one of: raw_text, rich_text"),
        (_table([[RICH]]), "invalid_blocks", "/blocks/0/rows/0/0/elements/0/elements/0/text"),
        (_table([[CELL | {"text": ""}]]), "invalid_blocks", "must be more than 0 characters"),
        (_table([[CELL | {"text": "x" * 2500}]] * 5), "invalid_blocks", "no more than 10000 characters allowed"),
        (_table([[CELL]], column_settings=[{"align": "up"}]), "invalid_blocks", "must be one of: center, left, right"),
        (_table([[CELL]], column_settings=[{}] * 21), "invalid_blocks", "/blocks/0/column_settings"),
        (_table([[CELL]]) * 2, "invalid_attachments", "only_one_table_allowed"),
    ],
)
def test_tables_beyond_the_limits(web: WebClient, blocks: list[dict[str, Any]], error: str, fault: str) -> None:
    """What is no table, or too much of one, is refused; what is one is shown."""
    with pytest.raises(SlackApiError) as caught:
        web.chat_postMessage(channel="C0DEV", text="x", blocks=blocks)
    assert caught.value.response["error"] == error
    assert any(fault in each for each in caught.value.response["errors"])
    assert web.chat_postMessage(channel="C0DEV", text="x", blocks=_table([[CELL]] * 100))["ok"]
    home = {"type": "home", "blocks": _table([[CELL]])}
    assert refused(web, "views.publish", user_id="U0DEV", view=home) == "invalid_arguments"


def test_all_blocks_together_are_limited(web: WebClient) -> None:
    """Blocks that are each within their limits can be too long together."""
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
    assert web.chat_postMessage(channel="C0DEV", text="x", blocks=[long] * 4)["ok"]
    assert refused(web, "chat.postMessage", channel="C0DEV", text="x", blocks=[long] * 5) == "msg_blocks_too_long"


def test_a_view_needs_a_trigger(web: WebClient) -> None:
    """Nobody gets a modal that did not just do something."""
    assert refused(web, "views.open", trigger_id="1.2.3", view=FORM) == "invalid_trigger_id"


def test_home_tabs(web: WebClient, play: Driver) -> None:
    """A Home tab is published per person, and a stale hash is refused."""
    home = {"type": "home", "blocks": [SECTION]}
    view = web.views_publish(user_id="U0DEV", view=home)["view"]
    assert play.state("U0DEV")["home"]["id"] == view["id"]
    assert play.state("U0LEAD")["home"] is None
    assert web.views_publish(user_id="U0DEV", view=home, hash=view["hash"])["view"]["id"] == view["id"]
    assert refused(web, "views.publish", user_id="U0DEV", view=home, hash=view["hash"]) == "hash_conflict"
    assert refused(web, "views.publish", user_id="U0DEV", view={"type": "modal"}) == "invalid_arguments"


def test_files(web: WebClient, play: Driver, running: RunningWorkspace) -> None:
    """A file is uploaded in three calls, becomes a message, and can be downloaded."""
    web.files_upload_v2(channel="C0DEV", filename="plan.txt", content="Untagged: redis:alpine", initial_comment="all")
    (message,) = play.messages("U0DEV", "C0DEV")
    assert (message["text"], message["files"][0]["name"]) == ("all", "plan.txt")
    answer = requests.get(running.url + message["files"][0]["url_private"], timeout=5)
    assert answer.content == b"Untagged: redis:alpine"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plan.txt"'
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_what_slack_takes_no_file_of(web: WebClient, running: RunningWorkspace) -> None:
    """Refused in Slack's words; a file is announced, sent and completed once, with the length that was announced."""
    url, complete = "files.getUploadURLExternal", "files.completeUploadExternal"
    assert refused(web, url, filename="a.txt") == "invalid_arguments"
    assert refused(web, url, length=3) == "invalid_arguments"
    assert refused(web, url, filename="a.txt", length=0) == "missing_argument"
    assert refused(web, url, filename="a.txt", length=10_000_001) == "file_upload_size_restricted"
    assert refused(web, url, filename="a.png", length=3, alt_txt="x" * 1001) == "alt_txt_too_large"
    place = web.files_getUploadURLExternal(filename='a"b/../c.txt', length=3)
    files = [{"id": place["file_id"], "title": "A"}]
    assert refused(web, complete, files=files, channel_id="C0DEV") == "file_not_found"
    assert requests.post(place["upload_url"], data=b"four", timeout=5).status_code == 400
    assert requests.post(place["upload_url"], data=b"one", timeout=5).status_code == 200
    assert requests.post(place["upload_url"], data=b"two", timeout=5).status_code == 400
    assert refused(web, complete, files=files, channel_id="C0NOWHERE") == "channel_not_found"
    assert refused(web, complete, files=files, channel_id="C0RANDOM") == "not_in_channel"
    (file,) = web.files_completeUploadExternal(files=files, channel_id="C0DEV")["files"]
    assert refused(web, complete, files=files, channel_id="C0DEV") == "file_not_found"
    answer = requests.get(file["permalink"].replace("/../", "%2F..%2F"), timeout=5)
    assert answer.status_code == 404, "a name with a slash in it is no way to another file"
    answer = requests.get(running.url + file["url_private"], timeout=5)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a_b_.._c.txt"'


def test_pictures_of_files(web: WebClient, play: Driver, running: RunningWorkspace) -> None:
    """A block shows a picture that was uploaded, and no other file; what is no picture never comes as one."""
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 8
    picture = web.files_upload_v2(filename="a.png", content=png, alt_txt="A picture")["file"]["id"]
    script = web.files_upload_v2(filename="b.png", content="<script>")["file"]["id"]
    announced = web.files_getUploadURLExternal(filename="c.png", length=3)["file_id"]

    def blocks(**named: str) -> list[dict[str, object]]:
        return [{"type": "image", "slack_file": named, "alt_text": "A picture"}]

    for named in ({"id": script}, {"id": announced}, {"id": "F0NONE"}, {}, {"id": picture, "url": "x"}):
        assert refused(web, "chat.postMessage", channel="C0DEV", blocks=blocks(**named)) == "invalid_blocks"
    web.chat_postMessage(channel="C0DEV", text="a", blocks=blocks(id=picture))
    (message,) = play.messages("U0DEV", "C0DEV")
    assert message["blocks"][0]["slack_file"] == {"id": picture}
    shown = requests.get(f"{running.url}/files/{picture}", timeout=5)
    assert (shown.headers["Content-Type"], shown.headers["Content-Disposition"][:6]) == ("image/png", "inline")
    other = requests.get(f"{running.url}/files/{script}", timeout=5)
    assert other.headers["Content-Type"] == "application/octet-stream"


def test_nobody_writes_to_a_deactivated_account(web: WebClient, play: Driver) -> None:
    """An admin may deactivate an account, of which Slack tells, and activate it again."""
    play.do("deactivate", user="U0SAM")
    assert refused(web, "conversations.open", users="U0SAM") == "user_disabled"
    assert web.users_info(user="U0SAM")["user"]["deleted"] is True
    play.do("deactivate", user="U0SAM", deleted=False)
    assert web.conversations_open(users="U0SAM")["channel"]["id"] == "D0SAM"
    assert play.do("deactivate", user="U0NOBODY")["error"] == "user_not_found"
