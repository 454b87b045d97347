"""Home tabs: each is drawn when its person opens it, and again when something in it is different.

Who looks at one is known by the deliveries of the last hours: Slack tells when somebody opens the tab, and never when
they stop looking at it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.approval.request import Person
from bot.db.store import Delivery, Store
from bot.flows.overview import Overview
from bot.flows.overviews import Home
from bot.flows.ports import HOME, Clock, Conversation, Delivered, Directory, HomeOpened, Undelivered

LOOKED_AT = timedelta(hours=12)
"""How long somebody who opened the tab may still look at it."""
MOST = 200
"""Deliveries that are looked through for who does."""
RESTS = timedelta(seconds=2)
"""The shortest time between two rounds: what changes meanwhile is drawn once."""
ASKS = timedelta(seconds=2)
"""How often the inbox is asked who opened a tab, where this process did not hear of it itself."""
AT_ONCE = 20
"""Tabs that are drawn in one round: Slack takes a hundred a minute (views.publish, Tier 4)."""


@dataclass(slots=True, kw_only=True)
class _Drawn:
    """What somebody's tab shows: for which delivery, as of which moment of the record, and when it may be tried."""

    key: str = ""
    moment: tuple[int, int] = (-1, -1)
    home: Home | None = None
    not_before: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Homes:
    """Keeps the tabs as they should be. One process does, whose duty it is: *mine*."""

    store: Store
    conversation: Conversation
    directory: Directory
    overview: Overview
    read: Callable[[Delivery], Delivered | None]
    now: Clock
    mine: Callable[[], bool] = lambda: True
    looks: int = 0
    _drawn: dict[Person, _Drawn] = field(default_factory=dict)
    _opened: dict[str, HomeOpened | None] = field(default_factory=dict)
    _round: datetime | None = None
    _known: list[HomeOpened] = field(default_factory=list)
    _asked: datetime | None = None

    def opened(self) -> None:
        """Take note that somebody opened a tab."""
        self._asked = None

    def looked(self) -> None:
        """Take note that a host was looked at: what tabs show of it may be different."""
        self.looks += 1

    def due(self) -> None:
        """Draw the tabs that are not as they should be: those just opened at once, the others once in a while."""
        if not self.mine():
            return
        now = self.now()
        with self.store.reading() as reading:
            moment = (reading.head()[0], self.looks)
            if self._asked is None or now - self._asked >= ASKS:
                self._asked = now
                self._known = self._newest(reading.newest_deliveries(HOME, now - LOOKED_AT, MOST))
        rested = self._round is None or now - self._round >= RESTS
        waiting = [each for each in self._known if self._is_behind(each, moment, now, rested=rested)]
        if rested and waiting:
            self._round = now
        for each in waiting[:AT_ONCE]:
            self._draw(each, moment, now)

    def _newest(self, found: Iterable[Delivery]) -> list[HomeOpened]:
        """Return the newest opening of each person; what was read once is remembered."""
        known = {each.key: self._opened[each.key] if each.key in self._opened else self._of(each) for each in found}
        self._opened = known
        newest: dict[Person, HomeOpened] = {}
        for opened in known.values():
            if opened is not None:
                newest.setdefault(opened.person, opened)
        return list(newest.values())

    def _of(self, delivery: Delivery) -> HomeOpened | None:
        read = self.read(delivery)
        return read if isinstance(read, HomeOpened) else None

    def _is_behind(self, opened: HomeOpened, moment: tuple[int, int], now: datetime, *, rested: bool) -> bool:
        drawn = self._drawn.get(opened.person)
        if drawn is None:
            return True
        if drawn.not_before is not None and now < drawn.not_before:
            return False
        return drawn.key != opened.key or (rested and drawn.moment != moment)

    def _draw(self, opened: HomeOpened, moment: tuple[int, int], now: datetime) -> None:
        drawn = self._drawn.setdefault(opened.person, _Drawn())
        home = self._home(opened)
        if drawn.key == opened.key and drawn.home == home:
            drawn.moment = moment
            return
        failed = self.conversation.home(home)
        if isinstance(failed, Undelivered):
            drawn.not_before = now + (LOOKED_AT if failed.never else failed.again_in)
            return
        drawn.key, drawn.moment, drawn.home, drawn.not_before = opened.key, moment, home, None

    def _home(self, opened: HomeOpened) -> Home:
        member = self.directory.member(opened.person)
        if member.not_a_member:
            return Home(person=opened.person, why_not=member.not_a_member)
        return self.overview.home(opened.person, opened.page)
