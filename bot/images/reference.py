"""References: ``[domain/]path[:tag][@digest]``, after github.com/distribution/reference.

The grammar is that of its ``regexp.go``, the normal form that of ``normalize.go``, the error texts those of
``reference.go`` (v0.6.0, as dockerd 26 and newer carry it).
"""

import re
from dataclasses import dataclass, replace

from bot.images.ids import ImageId, full_id, partial_id

DEFAULT_TAG = "latest"
HUB = "docker.io"
LEGACY_HUB = "index.docker.io"
OFFICIAL = "library/"
LONGEST_PATH = 255

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = rf"{_COMPONENT}(?:/{_COMPONENT})*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_TAG = r"\w[\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(rf"(?:({_DOMAIN})/)?({_PATH})(?::({_TAG}))?(?:@({_DIGEST}))?", re.ASCII)
_HEX_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}
_ALGORITHM = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*", re.ASCII)
_HEX = re.compile(r"[a-f0-9]+", re.ASCII)
_ID = re.compile(r"[a-f0-9]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A name with a tag, a digest, both or neither, in normal form: ``redis`` is ``docker.io/library/redis``.

    ``domain`` is empty where what stands before the first slash looks like one and is none, as in ``a_b.c/d``: Docker
    takes all of it for the path.
    """

    domain: str
    path: str
    tag: str | None = None
    digest: str | None = None

    @property
    def repository(self) -> str:
        """The repository in full, such as ``docker.io/library/redis``."""
        return f"{self.domain}/{self.path}" if self.domain else self.path

    @property
    def familiar_repository(self) -> str:
        """The repository as Docker prints it, such as ``redis``."""
        if self.domain != HUB:
            return self.repository
        bare = self.path.removeprefix(OFFICIAL)
        return self.path if "/" in bare else bare

    @property
    def canonical(self) -> str:
        """The reference in full; Docker sorts an image's references by it, bytewise."""
        return self.repository + self._suffix

    @property
    def familiar(self) -> str:
        """The reference as Docker prints it, such as ``redis:7`` or ``redis@sha256:…``."""
        return self.familiar_repository + self._suffix

    @property
    def _suffix(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return tag + digest


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidReference:
    """Why a word is no reference, in Docker's own words."""

    message: str


FORMAT = InvalidReference(message="invalid reference format")
LOWERCASE = InvalidReference(message="repository name must be lowercase")
TOO_LONG = InvalidReference(message=f"repository name must not be more than {LONGEST_PATH} characters")


def parse(text: str) -> Reference | InvalidReference:
    """Parse *text* into its normal form (``ParseNormalizedNamed``); no tag is added where none is typed."""
    if _ID.fullmatch(text):
        why = f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"
        return InvalidReference(message=why)
    domain, rest = _split_domain(text)
    remote = rest.partition(":")[0]
    if remote.lower() != remote:
        return InvalidReference(message=f"invalid reference format: repository name ({remote}) must be lowercase")
    return _parse_normal(f"{domain}/{rest}")


def _parse_normal(text: str) -> Reference | InvalidReference:
    """Parse a reference that is in normal form (``Parse``)."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return LOWERCASE if text.lower() != text and _REFERENCE.fullmatch(text.lower()) else FORMAT
    domain, path, tag, digest = match.groups()
    if len(path) > LONGEST_PATH:
        return TOO_LONG
    if digest and (fault := _digest_fault(digest)):
        return InvalidReference(message=fault)
    return Reference(domain=domain or "", path=path, tag=tag, digest=digest)


def parse_any(text: str) -> ImageId | Reference | InvalidReference:
    """Parse *text* as Docker does where an ID may stand too: first an ID in full, then a name (``ParseAnyReference``).

    A digest of another algorithm in full is an ID as well, though one that no image has.
    """
    if (image_id := full_id(text)) is not None:
        return image_id
    return ImageId(text) if ":" in text and not _digest_fault(text) else parse(text)


def _split_domain(text: str) -> tuple[str, str]:
    """Return domain and rest; a first part is a domain only where it cannot be a path's (``splitDockerDomain``).

    Docker before 25 takes a first part with capitals for a path (``older.py``).
    """
    first, slash, rest = text.partition("/")
    if not slash:
        return HUB, OFFICIAL + text
    if first == LEGACY_HUB:
        first = HUB
    elif not (first == "localhost" or "." in first or ":" in first or first.lower() != first):
        first, rest = HUB, text
    if first == HUB and "/" not in rest:
        rest = OFFICIAL + rest
    return first, rest


def _digest_fault(digest: str) -> str:
    """Return why *digest* is none (github.com/opencontainers/go-digest, ``Validate``), or nothing."""
    algorithm, _, encoded = digest.partition(":")
    length = _HEX_LENGTH.get(algorithm)
    if length is None:
        return "unsupported digest algorithm" if _ALGORITHM.fullmatch(algorithm) else "invalid checksum digest format"
    if len(encoded) != length:
        return "invalid checksum digest length"
    return "" if _HEX.fullmatch(encoded) else "invalid checksum digest format"


def with_default_tag(reference: Reference) -> Reference:
    """Return *reference* with ``latest`` where it has neither tag nor digest."""
    return reference if reference.tag or reference.digest else replace(reference, tag=DEFAULT_TAG)


def unmistakable(reference: Reference) -> str:
    """Return the form that Docker reads as *reference*: the familiar one, or the full one where that reads otherwise.

    ``docker.io/localhost/x`` is such a one: Docker prints it as ``localhost/x``, which is of another registry. So is
    the tag ``sha256:abcd``: once it is gone, Docker reads that as the beginning of an ID.
    """
    familiar = reference.familiar
    return familiar if parse(familiar) == reference and not partial_id(familiar) else reference.canonical
