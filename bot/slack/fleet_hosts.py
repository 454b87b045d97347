"""The names of hosts, so that two hundred of them fit a row: a run of numbers by its first and last."""

import re
from collections.abc import Iterator, Sequence

from bot.slack.mrkdwn import count, escape, listed, plain

NAMES = 160
"""Characters of the hosts' names in a row."""
SHORT = 40
"""Characters of them in a headline; more are counted."""
FEW = 3
"""So many names need not be counted."""
_NUMBERED = re.compile(r"(.*?)([0-9]+)\Z")


def names_of(hosts: Sequence[str], room: int = NAMES) -> str:
    """Return hosts by name as Slack's markup: names first, and how many they are where that is not seen."""
    told = listed([escape(name) for name in runs(hosts)], room)
    all_seen = len(hosts) <= FEW and len(list(runs(hosts))) == len(hosts)
    return f"*{told}*" if all_seen else f"*{told}* ({len(hosts)} hosts)"


def where(hosts: Sequence[str]) -> str:
    """Return hosts as plain text for a headline: their names where these are short, or how many they are."""
    told = ", ".join(map(plain, runs(hosts)))
    many = count(len(hosts), "host")
    if len(told) > SHORT:
        return many
    return told if len(hosts) == 1 else f"{many} ({told})"


def runs(hosts: Sequence[str]) -> Iterator[str]:
    """Yield names, three or more that are numbered one after the other as ``web-1 … web-9``."""
    run: list[str] = []
    for host in [*hosts, ""]:
        if run and not _follows(run[-1], host):
            yield from run if len(run) < FEW else [f"{run[0]} … {run[-1]}"]
            run = []
        run.append(host)


def _follows(before: str, host: str) -> bool:
    one, two = _NUMBERED.match(before), _NUMBERED.match(host)
    return one is not None and two is not None and one[1] == two[1] and int(two[2]) == int(one[2]) + 1
