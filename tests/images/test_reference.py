"""The grammar of references, held to the tables of distribution/reference (its ``*_test.go``)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.images.ids import ImageId
from bot.images.reference import InvalidReference, Reference, parse, parse_any, unmistakable, with_default_tag

HEX = "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a"
F64 = "sha256:" + "f" * 64
F128 = "sha512:" + "f" * 128
LONG = "a" * 255

PARSED = [
    # typed, domain, path, tag, digest
    ("redis", "docker.io", "library/redis", None, None),
    ("library/redis", "docker.io", "library/redis", None, None),
    ("docker.io/redis", "docker.io", "library/redis", None, None),
    ("docker.io/library/redis", "docker.io", "library/redis", None, None),
    ("index.docker.io/redis:7", "docker.io", "library/redis", "7", None),
    ("index.docker.io/fooo/bar", "docker.io", "fooo/bar", None, None),
    ("docker.io/library/foo/bar", "docker.io", "library/foo/bar", None, None),
    ("test_com", "docker.io", "library/test_com", None, None),
    ("test_com/foo", "docker.io", "test_com/foo", None, None),
    ("test.com:tag", "docker.io", "library/test.com", "tag", None),
    ("test.com:5000", "docker.io", "library/test.com", "5000", None),
    ("192.168.0.1:80", "docker.io", "library/192.168.0.1", "80", None),
    ("localhost", "docker.io", "library/localhost", None, None),
    ("localhost/x", "localhost", "x", None, None),
    ("test.com/repo:tag", "test.com", "repo", "tag", None),
    ("test:5000/repo", "test:5000", "repo", None, None),
    ("test-com:8080/foo", "test-com:8080", "foo", None, None),
    (f"test:5000/repo@{F64}", "test:5000", "repo", None, F64),
    (f"test:5000/repo:tag@{F64}", "test:5000", "repo", "tag", F64),
    (f"xn--7o8h.com/myimage:xn--7o8h.com@{F128}", "xn--7o8h.com", "myimage", "xn--7o8h.com", F128),
    ("lowercase:Uppercase", "docker.io", "library/lowercase", "Uppercase", None),
    ("sub-dom1.foo.com/bar/baz/quux:long-tag", "sub-dom1.foo.com", "bar/baz/quux", "long-tag", None),
    (
        "b.gcr.io/test.example.com/my-app:test.example.com",
        "b.gcr.io",
        "test.example.com/my-app",
        "test.example.com",
        None,
    ),
    ("foo/foo_bar.com:8080", "docker.io", "foo/foo_bar.com", "8080", None),
    ("192.168.1.1:5000/repo:5050", "192.168.1.1:5000", "repo", "5050", None),
    ("[2001:db8::1]/repo", "[2001:db8::1]", "repo", None, None),
    (f"[2001:db8::1]:5000/repo:tag@{F64}", "[2001:db8::1]:5000", "repo", "tag", F64),
    ("[::1]:5000/repo", "[::1]:5000", "repo", None, None),
    ("Foo/bar", "Foo", "bar", None, None),
    ("DOCKER/docker", "DOCKER", "docker", None, None),
    ("foo_bar.com/y:1", "", "foo_bar.com/y", "1", None),
    ("docker---rules/docker", "docker.io", "docker---rules/docker", None, None),
    ("dock__er/docker", "docker.io", "dock__er/docker", None, None),
    (f"docker.io/{HEX}", "docker.io", f"library/{HEX}", None, None),
    (HEX[:63], "docker.io", f"library/{HEX[:63]}", None, None),
    (HEX + "0", "docker.io", f"library/{HEX}0", None, None),
    ("sha256:abcd", "docker.io", "library/sha256", "abcd", None),
    ("a:" + "t" * 128, "docker.io", "library/a", "t" * 128, None),
    (f"test.com/{LONG}", "test.com", LONG, None, None),
]


@pytest.mark.parametrize(("typed", "domain", "path", "tag", "digest"), PARSED)
def test_what_docker_accepts_is_brought_into_normal_form(
    typed: str, domain: str, path: str, tag: str | None, digest: str | None
) -> None:
    """Each of these is a reference, of this registry and this repository."""
    assert parse(typed) == Reference(domain=domain, path=path, tag=tag, digest=digest)


FORMAT = "invalid reference format"
REFUSED = [
    ("", FORMAT),
    (":justtag", FORMAT),
    (f"@{F64}", FORMAT),
    ("alpha:", FORMAT),
    ("alpha@", FORMAT),
    ("alpha:1:2", FORMAT),
    ("alpha:1 ", FORMAT),
    ("alpha:1\n", FORMAT),
    ("alpha\n", FORMAT),
    (" alpha", FORMAT),
    ("a b", FORMAT),
    ("-x", FORMAT),
    ("-docker.io/docker/docker", FORMAT),
    ("docker-/docker", FORMAT),
    ("docker///docker", FORMAT),
    ("a//b", FORMAT),
    ("docker/", FORMAT),
    ("/alpha", FORMAT),
    ("../containers/x", FORMAT),
    ("foo/../bar", FORMAT),
    ("x/../../volumes/v1", FORMAT),
    ("https://github.com/docker/docker", FORMAT),
    ("____/____", FORMAT),
    ("dock..er/docker", FORMAT),
    ("dock_.er/docker", FORMAT),
    ("dock-.er/docker", FORMAT),
    ("aa/asdf$$^/aa", FORMAT),
    ("alpha?force=1", FORMAT),
    ("alpha:!", FORMAT),
    ("<none>:<none>", FORMAT),
    ("[fc00::1]", FORMAT),
    ("[2001:db8::1]:tag", FORMAT),
    ("fc00::1:5000/debian", FORMAT),
    ("[fe80::1%eth0]:5000/debian", FORMAT),
    ("[2001:db8:3:4::192.0.2.33]:5000/debian", FORMAT),
    ("alpha:\u0661", FORMAT),  # a digit, and none of Go's
    ("a:" + "t" * 129, FORMAT),
    ("alpha@sha256:abc", FORMAT),  # fewer than 32 digits do not look like a digest
    (HEX, f"invalid repository name ({HEX}), cannot specify 64-byte hexadecimal strings"),
    ("Redis", "invalid reference format: repository name (library/Redis) must be lowercase"),
    ("docker/Docker:1", "invalid reference format: repository name (docker/Docker) must be lowercase"),
    ("test:5000/Upper/lower:t", "invalid reference format: repository name (Upper/lower) must be lowercase"),
    ("É", "invalid reference format: repository name (library/É) must be lowercase"),
    ("a@SHA256:" + "a" * 64, "invalid reference format: repository name (library/a@SHA256) must be lowercase"),
    ("Foo_bar/baz", "repository name must be lowercase"),
    ("a:b@SHA256:" + "a" * 64, "invalid checksum digest format"),
    ("a@sha256:" + "A" * 64, "invalid checksum digest format"),
    ("repo@sha256:" + "f" * 34, "invalid checksum digest length"),
    ("repo@sha512:" + "f" * 64, "invalid checksum digest length"),
    ("name@invaliddigest:" + "f" * 64, "unsupported digest algorithm"),
    ("name@md5:" + "f" * 32, "unsupported digest algorithm"),
    (f"test.com/{LONG}a", "repository name must not be more than 255 characters"),
    ("a/" * 128 + "a:tag", "repository name must not be more than 255 characters"),
]


@pytest.mark.parametrize(("typed", "message"), REFUSED)
def test_what_docker_refuses_is_refused_in_its_words(typed: str, message: str) -> None:
    """None of these is a reference, and the message is the daemon's own."""
    assert parse(typed) == InvalidReference(message=message)


@pytest.mark.parametrize(
    ("typed", "familiar", "canonical"),
    [
        ("docker.io/library/redis:7", "redis:7", "docker.io/library/redis:7"),
        ("docker.io/library/foo/bar", "library/foo/bar", "docker.io/library/foo/bar"),
        ("index.docker.io/team/app", "team/app", "docker.io/team/app"),
        ("127.0.0.1:8000/private/moonbase", "127.0.0.1:8000/private/moonbase", "127.0.0.1:8000/private/moonbase"),
        (f"busybox:latest@{F64}", f"busybox:latest@{F64}", f"docker.io/library/busybox:latest@{F64}"),
        ("Foo/bar", "Foo/bar", "Foo/bar"),
        ("foo_bar.com/y:1", "foo_bar.com/y:1", "foo_bar.com/y:1"),
    ],
)
def test_a_reference_has_a_familiar_and_a_full_form(typed: str, familiar: str, canonical: str) -> None:
    """Docker prints the short form and sorts by the full one."""
    parsed = parse(typed)
    assert isinstance(parsed, Reference)
    assert (parsed.familiar, parsed.canonical) == (familiar, canonical)


def test_the_default_tag_is_for_names_without_tag_and_digest() -> None:
    """``redis`` is ``redis:latest``; a digest needs no tag."""
    typed = [parse(text) for text in ("redis", "redis:7", f"redis@{F64}")]
    tagged = [with_default_tag(reference).familiar for reference in typed if isinstance(reference, Reference)]
    assert tagged == ["redis:latest", "redis:7", f"redis@{F64}"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (HEX, f"sha256:{HEX}"),
        (f"sha256:{HEX}", f"sha256:{HEX}"),
        (F128, F128),
        ("sha384:" + "a" * 96, "sha384:" + "a" * 96),
    ],
)
def test_a_digest_in_full_is_an_id(typed: str, meant: str) -> None:
    """64 digits, with or without ``sha256:``, and digests of other algorithms are IDs and no names."""
    assert parse_any(typed) == ImageId(meant)


@pytest.mark.parametrize("typed", [HEX[:63], HEX + "0", f"sha256:{HEX}0", f"sha256:{HEX[:63]}", "sha256:zz", "dbcc1"])
def test_anything_shorter_or_longer_than_an_id_is_a_name(typed: str) -> None:
    """``sha256:abcd`` is a repository called sha256 to the grammar; resolution looks for an ID only then."""
    assert isinstance(parse_any(typed), Reference)


def test_a_familiar_form_that_reads_otherwise_is_never_sent() -> None:
    """Docker prints ``docker.io/localhost/x`` as ``localhost/x``, which is of another registry."""
    mistakable = Reference(domain="docker.io", path="localhost/x", tag="1")
    assert mistakable.familiar == "localhost/x:1"
    assert unmistakable(mistakable) == "docker.io/localhost/x:1"
    assert unmistakable(Reference(domain="docker.io", path="library/redis", tag="1")) == "redis:1"


def test_a_tag_that_reads_like_an_id_is_sent_in_full() -> None:
    """``sha256:abcd`` may be a tag; once it is gone Docker takes it for how an ID begins."""
    tag = parse("sha256:abcd")
    assert isinstance(tag, Reference)
    assert unmistakable(tag) == "docker.io/library/sha256:abcd"


def test_a_name_like_the_beginning_of_an_id_is_sent_in_full() -> None:
    """``sha256:abcd`` is a tag, and where it is not there, Docker removes the image whose ID begins so."""
    assert unmistakable(Reference(domain="docker.io", path="library/sha256", tag="abcd")) == (
        "docker.io/library/sha256:abcd"
    )


WORDS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="aB0._-:/@[]%\n \u0660sha256", max_size=90),
    st.sampled_from([typed for typed, *_ in PARSED]).flatmap(
        lambda typed: st.builds(
            lambda at, more: typed[:at] + more + typed[at:], st.integers(0, 20), st.text(max_size=2)
        )
    ),
)


@given(WORDS)
@example("a" * 5000)
@example("a-" * 2500)
@example("a." * 2500 + "/")
@example("a@" + "a+" * 2500)
def test_whatever_parses_is_safe_in_a_path_and_reads_the_same_again(text: str) -> None:
    """No text makes the grammar fail; what it lets through has no way out of its path and one normal form."""
    parsed = parse(text)
    if isinstance(parsed, InvalidReference):
        assert parsed.message
        return
    for form in (parsed.canonical, unmistakable(parsed)):
        assert parse(form) == parsed
        assert form.isascii()
        assert not set(form) & set(" \n\t?#%&\\")
        assert not {"", ".", ".."} & set(form.split("/"))
