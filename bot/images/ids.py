"""Identifiers of images and layers, and how the one follows from the other.

An *image ID* is the digest of an image's config, a *diff ID* the digest of one layer's content, and a *chain ID* the
digest of a layer together with everything below it. All are ``sha256:`` and 64 lowercase hexadecimal digits. Docker's
``Deleted:`` lines name image IDs and chain IDs.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import NewType

ImageId = NewType("ImageId", str)
DiffId = NewType("DiffId", str)
ChainId = NewType("ChainId", str)
ContainerId = NewType("ContainerId", str)

PREFIX = "sha256:"
SHORT = 12
"""Digits of an ID in Docker's own messages and tables."""

_FULL = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.ASCII)
_PARTIAL = re.compile(r"(?:sha256:)?([0-9a-f]{1,63})", re.ASCII)


def full_id(text: str) -> ImageId | None:
    """Return the image ID that *text* spells in full, with or without ``sha256:``; otherwise None."""
    match = _FULL.fullmatch(text)
    return ImageId(PREFIX + match[1]) if match else None


def partial_id(text: str) -> str | None:
    """Return the 1 to 63 hexadecimal digits of an abbreviated ID, with or without ``sha256:``; otherwise None."""
    match = _PARTIAL.fullmatch(text)
    return match[1] if match else None


def short(identifier: str) -> str:
    """Return the 12 digits that Docker prints of an image ID, a chain ID or a container ID."""
    return identifier.removeprefix(PREFIX)[:SHORT]


def chain_ids(diff_ids: Iterable[DiffId]) -> tuple[ChainId, ...]:
    """Return the chain ID of each layer, base first.

    chain(0) is diff(0); chain(n) is the digest of ``chain(n-1) + " " + diff(n)``, prefixes included
    (OCI image specification, *Layer ChainID*).
    """
    chains: list[ChainId] = []
    for diff in diff_ids:
        chains.append(_chained(chains[-1], diff) if chains else ChainId(diff))
    return tuple(chains)


def _chained(below: ChainId, diff: DiffId) -> ChainId:
    return ChainId(PREFIX + hashlib.sha256(f"{below} {diff}".encode()).hexdigest())
