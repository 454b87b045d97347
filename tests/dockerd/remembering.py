"""A daemon that remembers events as moby does (``daemon/events/events.go``), with a clock of its own."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.dockerd.clock import SECOND
from bot.dockerd.happened import REMEMBERED
from tests.dockerd.lying import Answer, answer, stream
from tests.dockerd.recorded import INFO_CLASSIC, digest

Event = dict[str, Any]
IMAGE = digest("1")


@dataclass(slots=True, kw_only=True)
class Remembering:
    """The events, how far the daemon's clock is ahead of ours in nanoseconds, and what it says of itself."""

    ahead: int = 0
    about: Event = field(default_factory=lambda: {**INFO_CLASSIC, "ServerVersion": "28.5.2"})
    events: list[Event] = field(default_factory=list)
    asked: int = 0

    def now(self) -> int:
        """Return the daemon's time, in nanoseconds since 1970."""
        return time.time_ns() + self.ahead

    def happen(self, action: str, kind: str = "image", of: str = IMAGE, name: str = "") -> int:
        """Let something happen now, and return when."""
        at = self.now()
        actor: dict[str, object] = {"ID": of} | ({"Attributes": {"name": name}} if name else {})
        self.events.append({"Type": kind, "Action": action, "Actor": actor, "timeNano": at})
        del self.events[:-REMEMBERED]
        return at

    def restart(self) -> None:
        """Forget everything."""
        self.events.clear()

    def info(self, _path: str = "") -> Answer:
        """Answer ``GET /info``."""
        now = self.now()
        whole = datetime.fromtimestamp(now // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        shown = f"{whole}.{now % SECOND:09d}Z"
        return answer({**self.about, "SystemTime": shown})

    def told(self, path: str) -> Answer:
        """Answer ``GET /events``: with what was before *until*, once it is later than that."""
        self.asked += 1
        query = parse_qs(urlsplit(path).query)
        since, until = (_moment(query[name][0]) for name in ("since", "until"))
        if until < since:
            return answer({"message": "`since` time cannot be after `until` time"}, 400)
        time.sleep(max(0, until - self.now()) / SECOND)
        return stream(event for event in self.events if since <= event["timeNano"] <= until)


def _moment(text: str) -> int:
    seconds, _, fraction = text.partition(".")
    return int(seconds) * SECOND + int(fraction.ljust(9, "0"))
