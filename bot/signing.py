"""Signing checkpoints with Ed25519, by a key that is nowhere in the database: whoever owns that cannot sign."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.audit.signed import NotSigned, SignerKey, VerifierKey, note, opened, signer_parts


class BadKey(Exception):  # noqa: N818 -- named for what it says of the key
    """A text is no key to sign with. The message does not have it."""


def new_key(name: str) -> SignerKey:
    """Return a new key, by which *name* signs."""
    return _key(name, Ed25519PrivateKey.generate().private_bytes_raw())


def signer_key(text: str) -> SignerKey:
    """Return the key that was kept as *text*. Raises BadKey where it is none, or was damaged."""
    parts = signer_parts(text)
    if parts is None:
        raise BadKey("It is no key that `imgbot audit key` made.")
    name, key_id, seed = parts
    key = _key(name, seed)
    if key.verifier.id.hex() != key_id:
        raise BadKey("It is damaged: it does not have the ID that it says.")
    return key


def _key(name: str, seed: bytes) -> SignerKey:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return SignerKey(verifier=VerifierKey(name=name, public=public), seed=seed)


def signed(text: str, key: SignerKey) -> str:
    """Return *text*, which ends with a line, as a note signed with *key*."""
    signature = Ed25519PrivateKey.from_private_bytes(key.seed).sign(text.encode())
    return note(text, key.verifier, signature)


def text_of(written: str, key: VerifierKey) -> str | NotSigned:
    """Return the text of a note that *key* signed; or why it does not count."""
    found = opened(written, key)
    if isinstance(found, NotSigned):
        return found
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(found.signature, found.text.encode())
    except (InvalidSignature, ValueError):
        return NotSigned(why=f"The signature is not {key.name}'s: the text or the signature was changed.")
    return found.text
