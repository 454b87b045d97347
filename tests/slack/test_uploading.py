"""Files as Slack has them: in the direct message of one person, sent piece by piece; and how that fails."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient

from bot.approval.request import Person, RequestId
from bot.audit.chain import Head
from bot.flows.answers import Given
from bot.flows.uploads import About, Evidence, Export, Format, NotUploaded, Upload, Uploaded
from bot.playground.blocks import block_faults
from bot.playground.demo import RunningWorkspace, workspace
from bot.playground.limits import Surface
from bot.slack.conversation import Conversation
from bot.slack.given import comment, linked, title
from bot.slack.replies import reply
from bot.slack.uploads import PERHAPS, REFUSED, share
from tests.slack.serving import serving

DANA = Person(team_id="T0DEMO", user_id="U0DEV")
CSV = Export(words=("<!channel>", "`redis`"), form=Format.CSV, records=2)
EVIDENCE = Evidence(request=RequestId(7), last=Head(sequence=9, hash="a" * 64), posted=True)


class Pieces:
    """A file that notes how large the pieces are in which it is read."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)
        self.sizes: list[int] = []

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        self.sizes.append(size)
        return self._file.read(size)


@pytest.fixture
def place() -> Iterator[RunningWorkspace]:
    """Give a workspace."""
    with workspace() as running:
        yield running


def _client(api_url: str) -> WebClient:
    return WebClient("xoxb-playground", base_url=api_url, retry_handlers=[], timeout=5)


def _state(place: RunningWorkspace, user: str) -> list[dict[str, Any]]:
    state = requests.get(f"{place.url}/play/state", params={"user": user}, timeout=10).json()
    return list(state["messages"])


def test_a_file_is_given_to_one_person(place: RunningWorkspace) -> None:
    """In pieces, to their direct message, with its length announced; nobody else sees it."""
    content = b"number,request\r\n" * 50_000
    file = Pieces(content)
    client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])
    upload = Upload(name="imgbot-history-1.csv", about=CSV, content=file, length=len(content))
    came = Conversation(client, "C0APPROVALS").give(DANA, upload)
    assert isinstance(came, Uploaded)
    (message,) = _state(place, "U0DEV")
    assert (message["channel"], message["files"][0]["size"]) == ("D0DEV", len(content))
    assert "&lt;!channel&gt; 'redis'" in message["text"]
    assert not [each for each in _state(place, "U0SAM") if each.get("files")]
    assert requests.get(came.link, timeout=10).content == content
    assert max(file.sizes) <= 1_000_000
    assert min(file.sizes) > 0, "never all at once"


def test_a_file_that_is_shorter_than_was_said_is_not_given(
    place: RunningWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a disk fails below it."""
    monkeypatch.setattr("bot.slack.uploads.SECONDS", 1)
    client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[], timeout=2)
    came = share(client, DANA, io.BytesIO(b"four"), length=5, name="a.txt", title="A", comment="a")
    assert came == NotUploaded(why="Slack did not take it.")
    assert not _state(place, "U0DEV")


GOOD = {
    "conversations.open": (200, b'{"ok": true, "channel": {"id": "D1"}}'),
    "files.getUploadURLExternal": (200, b'{"ok": true, "upload_url": "HERE/upload", "file_id": "F1"}'),
    "/upload": (200, b"OK - 3"),
    "files.completeUploadExternal": (200, b'{"ok": true, "files": [{"id": "F1", "title": "A"}]}'),
}
"""What Slack answers, as it is documented. HERE is its own address."""


def _elsewhere(url: bytes) -> dict[str, tuple[int, bytes]]:
    return {"files.getUploadURLExternal": (200, GOOD["files.getUploadURLExternal"][1].replace(b"HERE/upload", url))}


def _given(answers: dict[str, tuple[int, bytes]]) -> Uploaded | NotUploaded:
    def answer(path: str, _: bytes) -> tuple[int, bytes]:
        return (GOOD | answers)[path.removeprefix("/api/").partition("?")[0]]

    with serving(answer) as url:
        return share(_client(f"{url}/api/"), DANA, io.BytesIO(b"one"), length=3, name="a", title="A", comment="a")


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"conversations.open": (200, b'{"ok": false, "error": "missing_scope"}')}, REFUSED["missing_scope"]),
        ({"conversations.open": (500, b"")}, "Slack did not take it."),
        (
            {"files.getUploadURLExternal": (200, b'{"ok": false, "error": "file_uploads_disabled"}')},
            "This workspace takes no files.",
        ),
        ({"files.getUploadURLExternal": (200, b'{"ok": false, "error": "new_one"}')}, "Slack says new_one."),
        (_elsewhere(b"file:///etc/passwd"), "Slack did not take it."),
        (_elsewhere(b"http://127.0.0.1:1/"), "Slack did not take it."),
        ({"files.completeUploadExternal": (500, b"")}, PERHAPS),
        ({"/upload": (400, b"no")}, "Slack did not take it."),
        ({"/upload": (202, b"later")}, "Slack did not take it."),
        (
            {"files.completeUploadExternal": (200, b'{"ok": false, "error": "channel_not_found"}')},
            "Slack says channel_not_found.",
        ),
    ],
)
def test_what_slack_does_not_take(answers: dict[str, tuple[int, bytes]], why: str) -> None:
    """Each refusal in a sentence; nothing is raised."""
    assert _given(answers) == NotUploaded(why=why)


def test_slack_may_not_tell_where_the_file_is() -> None:
    """The documented answer has no address: then there is no link, and the file is there all the same."""
    assert _given({}) == Uploaded(id="F1", link="")
    said = reply(Given(name="a.csv", length=3, about=CSV, link=""))
    assert "is in our direct messages" in said.text


@given(words=st.lists(st.text()), link=st.text())
def test_nothing_that_was_typed_does_anything(words: list[str], link: str) -> None:
    """Beside the file, in its title and in the answer: no mention, no link but Slack's own."""
    abouts: list[About] = [Export(words=tuple(words), form=Format.CSV, records=1), EVIDENCE]
    for about in abouts:
        assert "<" not in comment(about)
        assert "<" not in title(about)
        said = reply(Given(name="a.csv", length=3, about=about, link=link))
        assert block_faults(list(said.blocks), Surface.MESSAGE) == []
        assert "<" not in str(said.blocks).replace(linked(link, "our direct messages"), "")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://x/<!channel>", "https://x|y", "http://x/ <@U1>", ""])
def test_a_link_that_is_none(link: str) -> None:
    """Is left out."""
    assert linked(link, "here") == "here"


def test_evidence_is_given_with_how_to_check_it() -> None:
    """Head, script and what to compare it with; where no head was posted, that."""
    assert "`python3 check_evidence.py FILE HEAD`" in comment(EVIDENCE)
    assert f"HEAD is `9:{'a' * 64}`. That head stands in the audit channel" in comment(EVIDENCE)
    later = Evidence(request=RequestId(7), last=EVIDENCE.last, posted=False)
    assert "ask again after the next checkpoint" in comment(later)
