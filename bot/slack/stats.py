"""A period in numbers: bars of text, which a telephone, a terminal and a screen reader show alike."""

from collections.abc import Callable, Iterator, Sequence

from bot.audit.stats import NEAR, OUTSIDE, Accuracy, Stats, Went
from bot.slack.mrkdwn import count, size

MOST = 8
"""Bars of one kind; the rest is summed up in one."""
WIDTH = 10
"""Characters of a bar: with its figures a line of it fits a telephone."""
NAME = 28


Shown = Callable[[str], str]


def charts(
    stats: Stats, *, name: Shown = str, person: Shown = str
) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Yield a heading, and for each line of it a bar with its figures and what they are about.

    That is by host, by person and by repository, as *person* and *name* show them.
    """

    def who(user: str) -> str:
        return name("outside the bot") if user == OUTSIDE else person(user)

    kinds = (("Host", stats.hosts, name), ("Asked by", stats.people, who), ("Repository", stats.repositories, name))
    for title, went, shown in kinds:
        if went:
            yield title, tuple(_bars(went, shown))


def _bars(went: Sequence[Went], shown: Shown) -> Iterator[tuple[str, str]]:
    longest = max(each.bytes for each in went)
    for each in went[:MOST]:
        short = each.name if len(each.name) <= NAME else f"…{each.name[1 - NAME :]}"
        yield _bar(each, longest), shown(short)
    for rest in _rest(went[MOST:]):
        yield _bar(rest, longest), rest.name


def _bar(went: Went, longest: int) -> str:
    filled = min(WIDTH, round(WIDTH * went.bytes / longest)) if longest else 0
    return f"{'█' * filled}{'░' * (WIDTH - filled)} {size(went.bytes):>9} {count(went.images, 'image'):>10}"


def _rest(went: Sequence[Went]) -> tuple[Went, ...]:
    if not went:
        return ()
    return (
        Went(
            name=f"{len(went)} more",
            images=sum(each.images for each in went),
            names=sum(each.names for each in went),
            layers=sum(each.layers for each in went),
            bytes=sum(each.bytes for each in went),
        ),
    )


def asked_line(stats: Stats) -> str:
    """Return how the requests of the period stand."""
    asked = sum(number for _, number in stats.requests)
    states = ", ".join(f"{number} {state}" for state, number in stats.requests)
    refused = f"; {count(stats.refused, 'click or command', 'clicks or commands')} refused" if stats.refused else ""
    return f"{count(asked, 'request')}{f' ({states})' if states else ''}{refused}"


def accuracy_lines(stats: Stats) -> tuple[str, ...]:
    """Return how good the predictions were."""
    found = stats.accuracy
    if not found.steps:
        return ("no removal to compare with what was predicted",)
    lines = f"{_share(found.as_planned, found.steps)} of {count(found.steps, 'step')} went as predicted"
    return (lines, _bytes(found)) if found.measured else (lines, "no bytes were measured")


def _bytes(found: Accuracy) -> str:
    return (
        f"bytes were within {100 // NEAR} % for {_share(found.near, found.measured)} of"
        f" {count(found.measured, 'measured request')}: {size(found.predicted)} predicted, {size(found.freed)} measured"
    )


def _share(part: int, whole: int) -> str:
    """Return a share in per cent, rounded down: 100 % is all of them."""
    return f"{part * 1000 // whole / 10:g} %"
