"""References as older daemons read them: each version carries another one of the parser.

Docker 25 took up github.com/distribution/reference v0.5.0, and Docker 27 its v0.6.0. Debian builds its own Docker with
the newest there is of it, so its 26.1 has v0.6.0 already.
"""

from bot.images.ids import ImageId
from bot.images.reference import FORMAT, LONGEST_PATH, TOO_LONG, InvalidReference, Reference, parse_any

KNOWS_DOMAINS = 25
"""From this version on a first part with capitals is a domain, and so is an IPv6 address; and a message says what it
is about."""
COUNTS_PATHS = 27
"""From this version on only the path must not be longer than 255; before, it was domain and path together."""
DEBIAN = "+dfsg"
LOWERCASE = InvalidReference(message="invalid reference format: repository name must be lowercase")


def parse_as(version: str, text: str) -> ImageId | Reference | InvalidReference:
    """Parse *text* as a daemon of this version does where an ID may stand too (``ParseAnyReference``)."""
    parsed, major = parse_any(text), _major(version)
    if isinstance(parsed, str):
        return parsed
    if major < KNOWS_DOMAINS:
        if _remote(text) != _remote(text).lower():
            return LOWERCASE
        if text.startswith("["):
            return FORMAT
    counts_path = major >= (KNOWS_DOMAINS if DEBIAN in version else COUNTS_PATHS)
    if isinstance(parsed, Reference) and not counts_path and len(parsed.repository) > LONGEST_PATH:
        return TOO_LONG
    return parsed


def _remote(text: str) -> str:
    """Return what is taken for the path, without regard to what is valid in one."""
    first, slash, rest = text.partition("/")
    is_domain = slash and (first == "localhost" or "." in first or ":" in first)
    return (rest if is_domain else text).partition(":")[0]


def _major(version: str) -> int:
    """Return the first number of a version; of one that has none, more than any."""
    major = version.partition(".")[0]
    return int(major) if major.isdecimal() else COUNTS_PATHS
