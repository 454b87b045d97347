"""The golden messages: a file for each message of the catalogue."""

from collections.abc import Mapping
from pathlib import Path

from tests.slack.catalogue import CATALOGUE
from tests.slack.catalogue.reading import written

FOLDER = Path(__file__).parent.parent / "golden"


def drawn() -> Mapping[Path, str]:
    """Return what each file has to hold."""
    return {FOLDER / f"{name}.txt": written(entry.made) for name, entry in CATALOGUE.items()}


def files() -> set[Path]:
    """Return the files that there are."""
    return set(FOLDER.rglob("*.txt"))


def write() -> None:
    """Write every file anew, and take away those of messages that are no more."""
    for path in files() - drawn().keys():
        path.unlink()
    for path, text in drawn().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
