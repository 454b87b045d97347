"""Check a signed checkpoint of imgbot: python3 check_checkpoint.py KEY FILE. Needs nothing but `cryptography`.

KEY is NAME+ID+BASE64, as `imgbot audit key` printed it. The form is that of signed notes (https://c2sp.org/signed-note):
a text, an empty line, and "— NAME BASE64" with the four bytes of the key's ID and the signature of the text.
"""

import base64
import hashlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def check(key, path):
    name, key_id, encoded = key.split("+", 2)
    algorithm_and_public = base64.b64decode(encoded)
    assert algorithm_and_public[0] == 1, "the key is none for Ed25519"
    assert hashlib.sha256(name.encode() + b"\n" + algorithm_and_public).hexdigest()[:8] == key_id, "the key is damaged"
    with open(path, encoding="utf-8") as file:
        text, signatures = f"{file.read().rstrip()}\n".rsplit("\n\n", 1)
    for line in signatures.splitlines():
        signed_by, signature = line.removeprefix("— ").rsplit(" ", 1)
        raw = base64.b64decode(signature)
        if signed_by == name and raw[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(algorithm_and_public[1:]).verify(raw[4:], f"{text}\n".encode())
            return text
    return None


try:
    signed = check(*sys.argv[1:])
except InvalidSignature:
    signed = None
print(f"Good, it is signed:\n{signed}" if signed else "NOT GOOD: it is not signed with this key.")
sys.exit(0 if signed else 1)
