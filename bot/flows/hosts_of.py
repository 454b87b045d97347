"""Which hosts a word after ``-H`` stands for: one by its name, those of a group, all, or several of these."""

from collections.abc import Iterable, Mapping

from bot.command.reading import closest

EVERY_HOST = "all"
GROUP = "@"
BETWEEN = ","

Groups = Mapping[str, tuple[str, ...]]
"""The hosts of each group, in the order of the settings."""


def several(word: str | None) -> bool:
    """Whether a word stands for several hosts, whichever there are."""
    return word is not None and (BETWEEN in word or word == EVERY_HOST or word.startswith(GROUP))


def parts_of(word: str) -> tuple[str, ...]:
    """Return the hosts, groups and *all* that a word names, each once."""
    return tuple(dict.fromkeys(part.strip() for part in word.split(BETWEEN) if part.strip()))


def together(parts: Iterable[str]) -> str:
    """Return the word that names all of these."""
    named = tuple(dict.fromkeys(parts))
    return EVERY_HOST if EVERY_HOST in named else BETWEEN.join(named)


def hosts_of(word: str, known: Iterable[str], groups: Groups) -> tuple[str, ...]:
    """Return the hosts that a word stands for where it stands for several, in the order of the settings."""
    there = tuple(known)
    wanted = {host for part in parts_of(word) for host in _of_part(part, there, groups)}
    return tuple(host for host in there if host in wanted)


def strange(word: str, known: Iterable[str], groups: Groups) -> str | None:
    """Return the first that a word names and that stands for no host; None where all do."""
    there = tuple(known)
    return next((part for part in parts_of(word) if not _of_part(part, there, groups)), None)


def _of_part(part: str, there: tuple[str, ...], groups: Groups) -> tuple[str, ...]:
    if part == EVERY_HOST:
        return there
    if part.startswith(GROUP):
        return tuple(host for host in groups.get(part.removeprefix(GROUP), ()) if host in there)
    return (part,) if part in there else ()


def no_group(word: str, groups: Groups) -> tuple[str, str]:
    """Return what is said of a group that nobody is in, and what can be done."""
    names = ", ".join(f"{GROUP}{name}" for name in groups)
    meant = closest(word.removeprefix(GROUP), tuple(groups))
    question = f" Did you mean {GROUP}{meant}?" if meant else ""
    known = f"Groups are {names}." if names else "There are no groups."
    return f'No host is in the group "{word}".{question}', f"{known} /img hosts lists the hosts."
