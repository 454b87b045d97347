"""Signed notes are those of the specification and of Go's library, byte for byte, and nothing else counts."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.chain import Head
from bot.audit.checkpoint import checkpoint_of, checkpoint_text
from bot.audit.signed import NotSigned, VerifierKey, is_name, signer_text, verifier_key
from bot.signing import BadKey, new_key, signed, signer_key, text_of

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # noqa: S105 -- published with it
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n\N{EM DASH} PeterNeumann"
    " x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of golang.org/x/mod/sumdb/note."""
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n\N{EM DASH} example.com/foo"
    " Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""The example of c2sp.org/signed-note."""
SCRIPT = Path(__file__).parents[2] / "docs" / "check_checkpoint.py"
AT = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
HEAD = Head(sequence=41, hash="ab" * 32)
MINE = new_key("imgbot")


def key(text: str) -> VerifierKey:
    """Return a key that is one."""
    found = verifier_key(text)
    assert found is not None
    return found


def test_notes_are_those_of_go() -> None:
    """The same key and text give the note that Go's documentation has."""
    assert signed(GO_TEXT, signer_key(GO_SECRET)) == GO_NOTE
    assert str(signer_key(GO_SECRET).verifier) == GO_KEY
    assert signer_text(signer_key(GO_SECRET)) == GO_SECRET


@pytest.mark.parametrize(
    ("written", "by", "text"),
    [(GO_NOTE, GO_KEY, GO_TEXT), (SPEC_NOTE, SPEC_KEY, "This is an example message.\n")],
    ids=["Go", "C2SP"],
)
def test_published_notes_are_good(written: str, by: str, text: str) -> None:
    """Also among other signatures, and without the last end of line."""
    assert text_of(written, key(by)) == text
    assert text_of(written.rstrip(), key(by)) == text
    other = signed(text, MINE).splitlines()[-1]
    assert text_of(f"{written}{other}\n", key(by)) == text
    assert text_of(f"{text}\n{other}\n{written.splitlines()[-1]}\n", key(by)) == text


@given(st.data())
def test_a_changed_note_is_none(data: st.DataObject) -> None:
    """Whatever byte of text or signature is another."""
    written = bytearray(signed(checkpoint_text(HEAD, AT), MINE).encode())
    at = data.draw(st.integers(0, len(written) - 2))
    written[at] ^= data.draw(st.integers(1, 127))
    assert isinstance(text_of(written.decode(errors="replace"), MINE.verifier), NotSigned)


def test_a_signature_is_written_in_one_way_only() -> None:
    """Base64 leaves two bits of the last letter open; set, they are no signature of ours."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    written = signed("text\n", MINE)
    last = written[-3]
    other = letters[letters.index(last) ^ 1]
    assert isinstance(text_of(f"{written[:-3]}{other}=\n", MINE.verifier), NotSigned)


@pytest.mark.parametrize("written", ["", "text", "text\n\n", "text\n\nby nobody\n", "text\n\n\N{EM DASH} imgbot xyz\n"])
def test_what_is_no_note_is_said_to_be_none(written: str) -> None:
    """Each with a reason."""
    found = text_of(written, MINE.verifier)
    assert isinstance(found, NotSigned)
    assert found.why.startswith("It is no")


def test_another_key_of_the_same_name_signs_nothing() -> None:
    """The ID of the key is in the signature."""
    found = text_of(signed("text\n", new_key("imgbot")), MINE.verifier)
    assert found == NotSigned(why="It is not signed by imgbot, or not with this key.")


@pytest.mark.parametrize(
    "text",
    ["", "imgbot", "imgbot+00000000+AAAA", GO_KEY.replace("c74f", "c74e"), GO_KEY[:-1], f"a b{GO_KEY}", GO_SECRET],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    """A key that was mistyped does not fit the ID in it."""
    assert verifier_key(text) is None


@pytest.mark.parametrize("text", ["", GO_KEY, GO_SECRET.replace("c74f", "c74e"), GO_SECRET[:-1], "PRIVATE+KEY+a b+0+0"])
def test_what_is_no_secret_key_is_refused_and_not_shown(text: str) -> None:
    """The message has nothing of it."""
    with pytest.raises(BadKey) as caught:
        signer_key(text)
    assert text[-20:] not in str(caught.value) or not text


def test_a_secret_key_is_not_shown() -> None:
    """A representation, such as in a log, has the public half alone."""
    shown = repr(signer_key(GO_SECRET))
    assert "AYEKFALV" not in shown
    assert repr(signer_key(GO_SECRET).seed) not in shown


@pytest.mark.parametrize(
    ("name", "good"), [("imgbot", True), ("example.com/x", True), ("a b", False), ("a+b", False), ("", False)]
)
def test_names_have_no_spaces(name: str, *, good: bool) -> None:
    """As the specification has it, and ASCII only."""
    assert is_name(name) is good


def test_a_checkpoint_reads_back() -> None:
    """Its text says what it is, and nothing else is read as one."""
    text = checkpoint_text(HEAD, AT)
    assert text.splitlines()[1:] == ["event 41", f"hash {'ab' * 32}", "at 2026-03-01T12:30:15Z"]
    assert checkpoint_of(text) == HEAD
    assert checkpoint_of(GO_TEXT) is None
    assert checkpoint_of(f"{text}more\n") is None


@pytest.mark.parametrize(
    ("written", "by", "good"),
    [
        (GO_NOTE, GO_KEY, True),
        (SPEC_NOTE, SPEC_KEY, True),
        (GO_NOTE.replace("answer", "Answer"), GO_KEY, False),
        (SPEC_NOTE, GO_KEY, False),
        (signed(checkpoint_text(HEAD, AT), MINE), str(MINE.verifier), True),
    ],
    ids=map(str, range(5)),  # keys of our own are new in each process
)
def test_a_stranger_can_check_it(tmp_path: Path, written: str, by: str, *, good: bool) -> None:
    """The script in the documents says the same without a line of ours."""
    (tmp_path / "note").write_text(written, encoding="utf-8")
    ran = subprocess.run([sys.executable, SCRIPT, by, tmp_path / "note"], capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) is good
    assert ran.stdout.startswith("Good" if good else "NOT GOOD")
