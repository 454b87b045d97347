"""Giving the record away: all that a query finds, or the evidence for one request, as a file to the one who asked.

It is written to a file without a name, which is gone with the process, and never held in memory as a whole.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO

from bot.approval.notes import RecordRead
from bot.approval.proof import Checkpoint
from bot.approval.request import Person, RequestId
from bot.audit.chain import Head
from bot.audit.evidence import evidence
from bot.audit.qualifiers import query_of
from bot.audit.query import subject
from bot.command.grammar import History, NotUnderstood, Show, render
from bot.db.store import Reading, RecordedEvent, Store
from bot.flows.answers import Answer, Given, Sentence
from bot.flows.exporting import lines
from bot.flows.pages import page_of
from bot.flows.ports import Click, Clock, Conversation
from bot.flows.uploads import About, Evidence, Export, Format, NotUploaded, Upload

LARGEST = 1_000_000_000
"""Bytes of one file that Slack takes (slack.com/help/articles/201330736, *Add files to Slack*: 1 GB)."""
AT_ONCE = 2
"""Files that are given at the same time: each keeps a worker busy, and the others have to answer."""

Stay = Callable[[], None]
"""Says that the delivery is still being worked on; called often, and cheap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Give:
    """Writes files and gives them to people. ``largest`` is how many bytes one may have."""

    store: Store
    conversation: Conversation
    now: Clock
    largest: int = LARGEST
    room: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))

    def export(self, click: Click, form: Format, stay: Stay) -> Answer:
        """Give all that the words of a page find."""
        page = page_of(click.value)
        if page is None:
            return Sentence(text="I don't know which records this button means.", hint="Ask again: /img history.")
        query = query_of(page.words, self.now())
        if isinstance(query, NotUnderstood):
            return Sentence(text=query.message, hint=query.hint)
        typed = f"{render(History(words=page.words))} --{form}"
        self._noted(click.reply_to.person, typed)
        with self._place() as file:
            if file is None:
                return _busy()
            with self.store.reading() as reading:
                written = self._written(file, lines(reading, query, form), stay)
            if written is None:
                return self._too_large(typed)
            found = written - (form is Format.CSV)  # without the headings
            if not found:
                return Sentence(text="Nothing is found, so there is no file.", hint="/img history shows the newest.")
            about = Export(words=page.words, form=form, records=found, of=subject(query))
            return self._given(click, about, file, stay)

    def evidence(self, click: Click, stay: Stay) -> Answer:
        """Give the evidence for one request."""
        number = RequestId(int(click.value)) if click.value.isdecimal() and click.value.isascii() else RequestId(0)
        typed = f"{render(Show(request=number))} --evidence"
        self._noted(click.reply_to.person, typed)
        with self._place() as file:
            if file is None:
                return _busy()
            with self.store.reading() as reading:
                timeline = reading.timeline(number)
                if not timeline:
                    return Sentence(text=f"There is no request {number}.", hint="/img history shows the newest.")
                about = reaching(reading, number, timeline)
                chain = reading.chain(timeline[0].sequence - 1)
                written = self._written(file, evidence(number, chain, about.last.sequence), stay)
            if written is None:
                return self._too_large(typed)
            return self._given(click, about, file, stay)

    @contextmanager
    def _place(self) -> Iterator[IO[bytes] | None]:
        """Give an empty file, or None where enough others are being given."""
        if not self.room.acquire(blocking=False):
            yield None
            return
        try:
            with TemporaryFile(prefix="imgbot-") as file:
                yield file
        finally:
            self.room.release()

    def _written(self, file: IO[bytes], text: Iterable[str], stay: Stay) -> int | None:
        """Write *text*. Returns how many they are; None where they become too large."""
        count = length = 0
        for count, line in enumerate(text, start=1):  # noqa: B007 -- how many they are is what is wanted
            length += file.write(line.encode())
            if length > self.largest:
                return None
            stay()
        return count

    def _given(self, click: Click, about: About, file: IO[bytes], stay: Stay) -> Answer:
        length = file.tell()
        file.seek(0)
        upload = Upload(name=self._name(about), about=about, content=_Read(file, stay), length=length)
        came = self.conversation.give(click.reply_to.person, upload)
        if isinstance(came, NotUploaded):
            return Sentence(text=f"I could not give you the file. {came.why}", hint=_else(about))
        return Given(name=upload.name, length=length, about=about, link=came.link)

    def _name(self, about: About) -> str:
        at = f"{self.now():%Y%m%d-%H%M%S}"
        match about:
            case Export(form=form):
                return f"imgbot-history-{at}.{form}"
            case Evidence(request=request):
                return f"imgbot-evidence-{request}-{at}.jsonl"

    def _too_large(self, typed: str) -> Sentence:
        return Sentence(
            text=f"This is more than the {self.largest // 1_000_000:,} MB that Slack takes in one file.",
            hint=f"Narrow it down, such as by since: and until:, or on the bot's machine: imgbot {typed} … -o FILE",
        )

    def _noted(self, by: Person, query: str) -> None:
        """Put on record that somebody takes it, before they have it."""
        with self.store.transaction() as tx:
            tx.note(RecordRead(at=self.now(), by=by, query=query))


class _Read:
    """A file that says, as it is read, that somebody is still at it."""

    def __init__(self, file: IO[bytes], stay: Stay) -> None:
        self._file = file
        self._stay = stay

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        self._stay()
        return self._file.read(size)


def reaching(reading: Reading, request: RequestId, timeline: Sequence[RecordedEvent]) -> Evidence:
    """Return how far the evidence for a request goes: to the first checkpoint after it, so that it can be held to that.

    Where there is none yet, to its last event.
    """
    last = timeline[-1]
    found = reading.first_after(Checkpoint, last.sequence)
    if found is not None and isinstance(found.event, Checkpoint):
        posted = Head(sequence=found.event.sequence, hash=found.event.hash)
        return Evidence(request=request, last=posted, posted=True)
    return Evidence(request=request, last=Head(sequence=last.sequence, hash=last.hash), posted=False)


def _busy() -> Sentence:
    return Sentence(text="I am giving others their files at the moment.", hint="Press the button again in a minute.")


def _else(about: About) -> str:
    """Return how else the file is had."""
    match about:
        case Export(words=words, form=form):
            return f"Press the button again, or on the bot's machine: imgbot {render(History(words=words))} --{form}"
        case Evidence(request=request):
            return f"Press the button again, or on the bot's machine: imgbot show {request} --evidence FILE"
