"""What is signed of the record: its head, as a text of a few lines.

It has the form of C2SP's checkpoints (c2sp.org/tlog-checkpoint) only as far as that is true. Theirs is the root of a
Merkle tree, ours the newest hash of a chain, so the text says so, and no tool takes it for the other.
"""

import re
from datetime import UTC, datetime

from bot.audit.chain import Head

FIRST = "imgbot checkpoint v1: the newest hash of a chain, not the root of a tree"
_TEXT = re.compile(rf"{re.escape(FIRST)}\nevent ([0-9]{{1,16}})\nhash ([0-9a-f]{{64}})\nat [0-9TZ:-]+\n", re.ASCII)


def checkpoint_text(head: Head, at: datetime) -> str:
    """Return the text that says how far the record was at a moment."""
    return f"{FIRST}\nevent {head.sequence}\nhash {head.hash}\nat {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n"


def checkpoint_of(text: str) -> Head | None:
    """Return the head that such a text tells of; None where it is none."""
    found = _TEXT.fullmatch(text)
    return None if found is None else Head(sequence=int(found[1]), hash=found[2])
