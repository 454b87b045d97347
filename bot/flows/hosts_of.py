"""Which hosts a word after ``-H`` stands for: one by its name, those of a group, or all."""

from collections.abc import Iterable, Mapping

from bot.command.reading import closest

EVERY_HOST = "all"
GROUP = "@"

Groups = Mapping[str, tuple[str, ...]]
"""The hosts of each group, in the order of the settings."""


def several(word: str | None) -> bool:
    """Whether a word stands for several hosts, whichever there are."""
    return word is not None and (word == EVERY_HOST or word.startswith(GROUP))


def hosts_of(word: str, known: Iterable[str], groups: Groups) -> tuple[str, ...]:
    """Return the hosts that a word stands for where it stands for several; none for a group that nobody is in."""
    there = tuple(known)
    if word == EVERY_HOST:
        return there
    return tuple(host for host in groups.get(word.removeprefix(GROUP), ()) if host in there)


def no_group(word: str, groups: Groups) -> tuple[str, str]:
    """Return what is said of a group that nobody is in, and what can be done."""
    names = ", ".join(f"{GROUP}{name}" for name in groups)
    meant = closest(word.removeprefix(GROUP), tuple(groups))
    question = f" Did you mean {GROUP}{meant}?" if meant else ""
    known = f"Groups are {names}." if names else "There are no groups."
    return f'No host is in the group "{word}".{question}', f"{known} /img hosts lists the hosts."
