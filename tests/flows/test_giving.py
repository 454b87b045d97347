"""Files for people: all that a query finds, and evidence, given to the one who asks and to nobody else."""

import csv
import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore

import pytest

from bot.approval.request import Person
from bot.audit.export import COLUMNS
from bot.audit.query import Query, Subject
from bot.flows.answers import Given, Sentence
from bot.flows.beat import LEASE
from bot.flows.checkpoint import Checkpoints
from bot.flows.exporting import COLUMNS as COLUMNS_OF
from bot.flows.give import Give
from bot.flows.pages import Page, page_text
from bot.flows.ports import Button, Click, ReplyTo
from bot.flows.proving import Witness
from bot.flows.uploads import Evidence, Export, Format, NotUploaded, Upload, Uploaded
from bot.slack.given import comment
from tests.approval.examples import DANA, OLGA
from tests.flows.conftest import Desk
from tests.flows.fakes import FakeConversation

SCRIPT = Path(__file__).parents[2] / "docs" / "check_evidence.py"
EVERY = page_text(Page(words=()))


def removed(desk: Desk, text: str = "rm redis:alpine centos") -> None:
    """Let Dana ask, Olga approve, and the bot remove."""
    desk.press(Button.APPROVE, desk.asked(text), OLGA)
    desk.remove()


def click(button: Button, value: str) -> Click:
    """Return a press of Dana's."""
    return Click(
        key="k", button=button, value=value, channel="C0DEV", ts="", reply_to=ReplyTo(person=DANA, channel="C", url="")
    )


def queries(desk: Desk) -> list[tuple[str, str]]:
    """Return who asked the record what."""
    with desk.store.reading() as reading:
        events = [json.loads(event.fields.body) for event in reading.chain() if event.fields.kind == "record-read"]
    return [(event["by"]["user"], event["query"]) for event in events]


def test_all_that_is_found_is_given_as_csv(desk: Desk) -> None:
    """Every record and not a page of them, to the one who pressed; and that they took it is on record first."""
    removed(desk, "rm redis:alpine node:slim centos docker")
    answer = desk.press(Button.CSV, desk.request(), OLGA, value=EVERY)
    ((whom, upload, content),) = desk.conversation.given
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    with desk.store.reading() as reading:
        records = reading.history(Query(), limit=1000)
    assert whom == OLGA
    assert (tuple(rows[0]), [row[0] for row in rows[1:]]) == (COLUMNS, [str(record.number) for record in records])
    assert len(records) > 20
    assert upload.length == len(content)
    assert upload.about == Export(words=(), form=Format.CSV, records=len(records))
    assert answer == Given(
        name=upload.name, length=len(content), about=upload.about, link="https://slack.example/files/F1"
    )
    assert queries(desk) == [("U0LEAD", "history --csv")]


def test_what_was_asked_is_what_is_given(desk: Desk) -> None:
    """As JSON Lines, only what the words find."""
    removed(desk)
    desk.press(Button.JSON_LINES, desk.request(), DANA, value=page_text(Page(words=("image:redis", "-host:web-9"))))
    ((_, upload, content),) = desk.conversation.given
    found = [json.loads(line) for line in content.splitlines()]
    assert {record["request"] for record in found} == {1}
    assert all("redis:alpine" in record["names"] for record in found)
    assert upload.name.endswith(".jsonl")
    assert queries(desk) == [("U0DEV", "history -- image:redis -host:web-9 --jsonl")]


def test_requests_and_refusals_are_given_too(desk: Desk) -> None:
    """Below a page of what removed nothing, the same buttons give all of that."""
    request = desk.asked("rm redis:alpine")
    desk.press(Button.APPROVE, request, DANA)
    desk.submit(desk.form(Button.REJECT, request, OLGA), OLGA, "=cmd()")
    for words in ("status:rejected", "status:refused"):
        desk.press(Button.CSV, desk.request(), OLGA, value=page_text(Page(words=(words,))))
        desk.press(Button.JSON_LINES, desk.request(), OLGA, value=page_text(Page(words=(words,))))
    told = [comment(upload.about) for _, upload, _ in desk.conversation.given]
    assert [text.split(" that ")[0] for text in told] == ["1 request"] * 2 + ["1 refusal"] * 2
    rejected, as_json, refused, refused_json = [content.decode() for _, _, content in desk.conversation.given]
    (row,) = csv.DictReader(io.StringIO(rejected, newline=""))
    assert (row["request"], row["ended_by"], row["why"]) == (str(request.id), "U0LEAD", "'=cmd()")
    assert tuple(row) == tuple(json.loads(as_json)) == COLUMNS_OF[Subject.REQUESTS]
    (row,) = csv.DictReader(io.StringIO(refused, newline=""))
    assert (row["refused_to"], row["action"]) == ("U0DEV", "img_approve")
    assert tuple(row) == tuple(json.loads(refused_json)) == COLUMNS_OF[Subject.REFUSALS]


@pytest.mark.parametrize(
    ("button", "value", "text"),
    [
        (Button.CSV, page_text(Page(words=("nothing-like-this",))), "Nothing is found, so there is no file."),
        (Button.JSON_LINES, page_text(Page(words=("nothing",))), "Nothing is found, so there is no file."),
        (Button.CSV, page_text(Page(words=("hots:x",))), "There is no qualifier `hots:`. Did you mean `host:`?"),
        (Button.CSV, "nonsense", "I don't know which records this button means."),
        (Button.EVIDENCE, "99", "There is no request 99."),
        (Button.EVIDENCE, "²", "There is no request 0."),
        (Button.EVIDENCE, "../1", "There is no request 0."),
    ],
)
def test_where_there_is_nothing_to_give(desk: Desk, button: Button, value: str, text: str) -> None:
    """A sentence, and no file."""
    removed(desk)
    answer = desk.press(button, desk.request(), DANA, value=value)
    assert isinstance(answer, Sentence)
    assert answer.text == text
    assert desk.conversation.given == []


def test_what_slack_does_not_take_is_said(desk: Desk) -> None:
    """With why, and how else it is had."""
    removed(desk)
    desk.conversation.takes_no_files = "This workspace takes no files."
    answer = desk.press(Button.CSV, desk.request(), DANA, value=page_text(Page(words=("redis",))))
    assert answer == Sentence(
        text="I could not give you the file. This workspace takes no files.",
        hint="Press the button again, or on the bot's machine: imgbot history redis --csv",
    )
    answer = desk.press(Button.EVIDENCE, desk.request(), DANA, value="1")
    assert isinstance(answer, Sentence)
    assert answer.hint.endswith("imgbot show 1 --evidence FILE")


def test_what_is_too_large_is_not_written_to_its_end(desk: Desk) -> None:
    """It stops where the limit is passed."""
    removed(desk)
    give = Give(store=desk.store, conversation=desk.conversation, now=desk.clock, largest=1000)
    stays: list[None] = []
    answer = give.export(click(Button.CSV, EVERY), Format.CSV, lambda: stays.append(None))
    assert isinstance(answer, Sentence)
    assert answer.text.startswith("This is more than")
    assert "imgbot history --csv" in answer.hint
    assert len(stays) < 10
    assert desk.conversation.given == []


def test_only_so_many_are_given_at_once(desk: Desk) -> None:
    """So that workers are left for everybody else."""
    removed(desk)
    room = BoundedSemaphore(1)
    give = Give(store=desk.store, conversation=desk.conversation, now=desk.clock, room=room)
    room.acquire()
    busy = give.export(click(Button.CSV, EVERY), Format.CSV, lambda: None)
    assert isinstance(busy, Sentence)
    assert busy.text == "I am giving others their files at the moment."
    room.release()
    assert isinstance(give.export(click(Button.CSV, EVERY), Format.CSV, lambda: None), Given)
    assert isinstance(give.export(click(Button.CSV, EVERY), Format.CSV, lambda: None), Given), (
        "the place was given back"
    )


class Slow(FakeConversation):
    """Slack, so slow that a delivery would be thought lost more than twice over while one file is taken."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.others_took: list[bool] = []

    def give(self, person: Person, upload: Upload) -> Uploaded | NotUploaded:
        """Take a long time over it, while somebody else looks for something to do."""
        for _ in range(8):
            upload.content.read(10)
            self._desk.clock.goes_on(LEASE / 3)
            self.others_took.append(self._desk.flows().receive.next())
        return super().give(person, upload)


def test_a_long_export_stays_with_who_began_it(desk: Desk) -> None:
    """However long it takes, nobody else takes the delivery meanwhile."""
    removed(desk)
    desk.conversation = slow = Slow(desk)
    answer = desk.press(Button.CSV, desk.request(), DANA, value=EVERY)
    assert isinstance(answer, Given)
    assert slow.others_took == [False] * 8


def test_evidence_is_checked_by_a_stranger(desk: Desk, tmp_path: Path) -> None:
    """What the button gives is what the script takes; the head in it is the one that is told beside it."""
    removed(desk)
    desk.press(Button.EVIDENCE, desk.request(), DANA, value="1")
    ((whom, upload, content),) = desk.conversation.given
    assert whom == DANA
    assert isinstance(upload.about, Evidence)
    assert not upload.about.posted
    file = tmp_path / upload.name
    file.write_bytes(content)
    head = f"{upload.about.last.sequence}:{upload.about.last.hash}"
    checked = subprocess.run([sys.executable, SCRIPT, file, head], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    file.write_bytes(content.replace(b"redis:alpine", b"redis:alpinE", 1))
    checked = subprocess.run([sys.executable, SCRIPT, file, head], capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert queries(desk) == [("U0DEV", "show 1 --evidence")]


def test_evidence_reaches_to_the_next_checkpoint(desk: Desk) -> None:
    """The first head that was posted after the request, and not a later one: so it can be held against that."""
    removed(desk)
    made = Checkpoints(store=desk.store, now=desk.clock, witness=Witness())
    posted = []
    for _ in range(2):
        with desk.store.reading() as reading:
            posted.append(reading.head())
        desk.clock.goes_on(timedelta(days=1))
        made.due()
        desk.type("history")
    desk.press(Button.EVIDENCE, desk.request(), DANA, value="1")
    ((_, upload, content),) = desk.conversation.given
    assert isinstance(upload.about, Evidence)
    assert upload.about.posted
    assert (upload.about.last.sequence, upload.about.last.hash) == posted[0]
    assert json.loads(content.splitlines()[-1])["hash"] == posted[0][1]
