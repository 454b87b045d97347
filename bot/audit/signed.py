"""Signed notes (c2sp.org/signed-note): a text, a blank line, and a line for each key that signed the text.

Keys are written as Go's golang.org/x/mod/sumdb/note writes them, so that its tools read them. Only Ed25519 is known.
This is the form alone: ``bot/signing.py`` signs, and checks signatures.
"""

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

ED25519 = b"\x01"
"""The algorithm's number in keys."""
_SIGNED_BY = "\N{EM DASH} "
_NAME = re.compile(r"[!-*,-~]{1,100}", re.ASCII)  # no space and no plus
KEY = 32
SIGNATURE = 64
"""Bytes of a key, and of a signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """The public half of a key: the name of who signs with it, and 32 bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature says which key made it."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        """Return the key as it is written: ``NAME+ID+BASE64``."""
        return f"{self.name}+{self.id.hex()}+{_text(ED25519 + self.public)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerKey:
    """Both halves of a key. It is written by ``signer_text`` alone, and no representation shows the secret one."""

    verifier: VerifierKey
    seed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note that some key signed: the text with the end of its last line, and the signature."""

    text: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSigned:
    """Why a note does not count."""

    why: str


def is_name(text: str) -> bool:
    """Whether *text* can be the name of a key: ASCII, without spaces and plus signs."""
    return _NAME.fullmatch(text) is not None


def verifier_key(text: str) -> VerifierKey | None:
    """Return the key that *text* is; None where it is none, or was mistyped."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:  # noqa: PLR2004 -- name, ID, key
        return None
    public = _key(parts[2])
    if public is None or not is_name(parts[0]):
        return None
    key = VerifierKey(name=parts[0], public=public)
    return key if key.id.hex() == parts[1] else None


def signer_text(key: SignerKey) -> str:
    """Return both halves of a key as they are kept. This is the secret."""
    return f"PRIVATE+KEY+{key.verifier.name}+{key.verifier.id.hex()}+{_text(ED25519 + key.seed)}"


def signer_parts(text: str) -> tuple[str, str, bytes] | None:
    """Return the name, the ID in hexadecimal digits and the secret half of a key; None where *text* is none."""
    parts = text.strip().split("+", 4)
    if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"] or not is_name(parts[2]):  # noqa: PLR2004 -- as above
        return None
    seed = _key(parts[4])
    return None if seed is None else (parts[2], parts[3], seed)


def _key(text: str) -> bytes | None:
    found = _bytes(text)
    return found[1:] if found and found[:1] == ED25519 and len(found) == 1 + KEY else None


def note(text: str, key: VerifierKey, signature: bytes) -> str:
    """Return *text*, which ends with a line, as a note."""
    return f"{text}\n{_SIGNED_BY}{key.name} {_text(key.id + signature)}\n"


def opened(written: str, key: VerifierKey) -> Note | NotSigned:
    """Return what *key* is said to have signed: that it did is still to be checked.

    Signatures of other keys do not count for anything. An end of line that was lost at the very end is forgiven: what
    is copied out of a message often has none.
    """
    text, blank, lines = f"{written.rstrip()}\n".rpartition("\n\n")
    if not blank:
        return NotSigned(why="It is no signed note: a text, an empty line, and who signed it.")
    for line in lines.splitlines():
        name, _, encoded = line.removeprefix(_SIGNED_BY).rpartition(" ")
        found = _bytes(encoded)
        if not line.startswith(_SIGNED_BY) or found is None:
            return NotSigned(why="It is no signed note: its end is damaged.")
        if name == key.name and found[:4] == key.id and len(found) == 4 + SIGNATURE:
            return Note(text=f"{text}\n", signature=found[4:])
    return NotSigned(why=f"It is not signed by {key.name}, or not with this key.")


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()


def _bytes(text: str) -> bytes | None:
    """Return what *text* encodes, which must be the one way to encode it; else None."""
    try:
        found = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if _text(found) == text else None
