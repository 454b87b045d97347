"""References.

``[domain/]path[:tag][@digest]``, after github.com/distribution/reference (regexp.go, reference.go, normalize.go).
"""

from dataclasses import dataclass

DEFAULT_TAG = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A name with a tag, a digest, both or neither, normalised.

    ``redis`` has the domain ``docker.io`` and the path ``library/redis``.
    """

    domain: str
    path: str
    tag: str | None = None
    digest: str | None = None

    @property
    def repository(self) -> str:
        """The repository in full, such as ``docker.io/library/redis``."""
        return f"{self.domain}/{self.path}"

    @property
    def familiar_repository(self) -> str:
        """The repository as Docker prints it, such as ``redis``."""
        raise NotImplementedError

    @property
    def canonical(self) -> str:
        """The reference in full; Docker sorts an image's references by it, bytewise."""
        raise NotImplementedError

    @property
    def familiar(self) -> str:
        """The reference as Docker prints it, such as ``redis:7`` or ``redis@sha256:…``."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidReference:
    """Why a word is no reference, in Docker's own words."""

    message: str


def parse(text: str) -> Reference | InvalidReference:
    """Parse and normalise *text*; no tag is added where none is typed."""
    raise NotImplementedError


def with_default_tag(reference: Reference) -> Reference:
    """Return *reference* with ``latest`` where it has neither tag nor digest."""
    raise NotImplementedError
