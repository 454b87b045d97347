"""Looking: what a host holds, what the record says, how to use the bot. Changes nothing but the record of reading."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.approval.notes import RecordRead
from bot.approval.request import Person, Request, RequestId, Window
from bot.audit.qualifiers import query_of, said_by
from bot.audit.query import Query, Subject, subject
from bot.command.forms import PERIODS
from bot.command.grammar import History, List, NotUnderstood, Show, Stats, Why, render
from bot.command.help import help_text
from bot.db.messages import follower_of
from bot.db.reading import number_of
from bot.db.store import Reading, Store
from bot.flows.answers import (
    Answer,
    Counted,
    Detailed,
    Explained,
    FleetDetailed,
    Gone,
    Held,
    Listed,
    Sentence,
    Told,
)
from bot.flows.choosing import chosen
from bot.flows.pages import Page
from bot.flows.planning import NotPlanned, Planner, not_listed
from bot.flows.ports import Clock, Unreachable
from bot.flows.windows import dated
from bot.images.guards import visible
from bot.images.inventory import Inventory
from bot.images.listing import BadFilter
from bot.images.removal import Removed
from bot.images.selection import Listing, rows_of
from bot.images.suggest import closest
from bot.images.why import NotHere, why
from bot.images.world import World

MONTH = "month"
PAGE = 20
"""Records on one page."""
NEWEST = 5
"""Records that tell what became of an image that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Answers the commands that change nothing."""

    store: Store
    planner: Planner
    now: Clock

    def images(self, command: List) -> Answer:
        """Answer ``ls``."""
        looked = self.planner.look(command.host)
        if isinstance(looked, NotPlanned):
            return Sentence(text=looked.why, hint=looked.hint)
        daemon, inventory = looked
        asked = Listing(pattern=command.pattern, filters=command.filters, everything=command.all)
        listing = chosen(daemon, inventory, asked)
        seen = visible(inventory)
        rows = rows_of(seen, listing) if isinstance(listing, Listing) else listing
        if isinstance(rows, BadFilter | Unreachable):
            refused = not_listed(rows)
            return Sentence(text=refused.why, hint=refused.hint)
        if not rows:
            return _nothing(inventory, command)
        return Listed(
            inventory=inventory, rows=rows, digests=command.digests, no_trunc=command.no_trunc, quiet=command.quiet
        )

    def why(self, by: Person, command: Why) -> Answer:
        """Answer ``why``: who holds an image, or where it is not there, what the record has of it."""
        looked = self.planner.look(command.host)
        if isinstance(looked, NotPlanned):
            return Sentence(text=looked.why, hint=looked.hint)
        daemon, inventory = looked
        inventory = dated(inventory, self.planner.windows)
        held = why(inventory, command.image, self.planner.protections())
        if not isinstance(held, NotHere):
            measured = daemon.measured(inventory, [held.image.id])
            held = why(measured, command.image, self.planner.protections())
        if not isinstance(held, NotHere):
            return Held(why=held)
        self._noted(by, render(command))
        with self.store.reading() as reading:
            records = reading.history(Query(words=(command.image,)), limit=NEWEST)
        return Gone(host=daemon.host, word=command.image, message=held.message, hint=held.hint, records=records)

    def history(self, by: Person, page: Page) -> Answer:
        """Answer ``history``: one page of what its words find, the newest where it says no other."""
        page = replace(page, words=said_by(by.user_id, page.words))
        query = query_of(page.words, self.now())
        if isinstance(query, NotUnderstood):
            return Sentence(text=query.message, hint=query.hint)
        self._noted(by, f"{render(History(words=page.words))}{_place(page)}")
        with self.store.reading() as reading:
            if page.after is not None:
                newer = reading.asked(query, limit=PAGE + 1, after=page.after)
                if len(newer) > PAGE:
                    shown = newer[-PAGE:]
                    return Told(words=page.words, records=shown, older=number_of(shown[-1]), newer=number_of(shown[0]))
            return _page(reading, query, page)

    def request(self, by: Person, number: int) -> Answer:
        """Answer ``show``: one request, its timeline and what went."""
        request_id = RequestId(number)
        self._noted(by, render(Show(request=number)))
        with self.store.reading() as reading:
            request = reading.request(request_id)
            if request is None and (fleet := reading.fleet(request_id)) is not None:
                return FleetDetailed(fleet=fleet, unreachable=_unreachable(reading, fleet.lead))
            if request is None:
                return Sentence(text=f"There is no request {number}.", hint="/img history shows the newest.")
            return Detailed(
                request=request,
                timeline=reading.timeline(request_id),
                records=reading.records_of(request_id),
                restorals=reading.restorals_of(request_id),
                back=_can_be_put_back(request),
                unreachable=_unreachable(reading, request),
            )

    def stats(self, by: Person, command: Stats) -> Answer:
        """Answer ``stats``: the last thirty days, or another period up to now."""
        self._noted(by, render(command))
        period = command.period or MONTH
        with self.store.reading() as reading:
            now = self.now()
            since = now - timedelta(days=PERIODS[period])
            return Counted(period=period, stats=reading.stats(since), course=reading.course(since, now))

    def _noted(self, by: Person, query: str) -> None:
        """Put on record that somebody asks it, before they are answered."""
        with self.store.transaction() as tx:
            tx.note(RecordRead(at=self.now(), by=by, query=query))

    def help(self, topic: str | None) -> Answer:
        """Answer ``help``."""
        return Explained(help=help_text(topic))


def _can_be_put_back(request: Request) -> bool:
    """Whether there is something of *request* to ask for. While it can be undone, that is the way: it pulls nothing."""
    if request.undo is not None and request.undo.window in {Window.OPEN, Window.UNDOING}:
        return False
    return any(isinstance(step.outcome, Removed) for step in request.steps)


def _place(page: Page) -> str:
    """Return which page it is, in the words of the command line."""
    if page.after is not None:
        return f" --after {page.after}"
    return "" if page.before is None else f" --before {page.before}"


def _page(reading: Reading, query: Query, page: Page) -> Told:
    """Return the first page, or where the page says so a later one."""
    records = reading.asked(query, limit=PAGE + 1, before=page.before)
    shown = records[:PAGE]
    records_asked = subject(query) is Subject.RECORDS
    return Told(
        words=page.words,
        records=shown,
        older=number_of(shown[-1]) if len(records) > PAGE else None,
        newer=number_of(shown[0]) if page.before and shown else None,
        summary=reading.summary(query) if page.before is None and shown and records_asked else None,
    )


def _nothing(inventory: Inventory, command: List) -> Sentence:
    """Say that nothing matches, and what was probably meant."""
    if command.pattern is None:
        return Sentence(text=f"Nothing on {inventory.host} matches.", hint="/img ls shows everything that is there.")
    near = closest(World(inventory), command.pattern)
    meant = f"Did you mean {', '.join(near[:3])}? " if near else ""
    text = f"Nothing on {inventory.host} matches {command.pattern}."
    return Sentence(text=text, hint=f"{meant}/img ls shows everything that is there.")


def _unreachable(reading: Reading, request: Request) -> tuple[tuple[Person, str], ...]:
    """Return who could not be told of a request, each with Slack's word for why."""
    return tuple(
        (follower_of(message.purpose) or request.requester, message.failure or "")
        for message in reading.never_delivered(request.id)
    )
