"""The tables of the grammar: each command with its spellings, options and examples.

Parsing, printing, help and the hints in errors all read these, so that none can say what another does not do.
Docker's spellings and options are those of docker/cli, ``cli/command/image/remove.go`` and ``list.go``.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option. ``value`` is what stands for its value in help, empty for a switch.

    ``example`` is such a value. ``pattern`` says that a value may have a bare ``*``, ``blank`` that it may be empty,
    and ``unsupported`` why an option of Docker's is not to be had here.
    """

    long: tuple[str, ...]
    short: str = ""
    value: str = ""
    example: str = ""
    says: str = ""
    pattern: bool = False
    blank: bool = False
    unsupported: str = ""

    @property
    def flag(self) -> str:
        """The option as it is printed."""
        return f"-{self.short}" if self.short else f"--{self.long[0]}"

    @property
    def spelled(self) -> str:
        """The option in help, such as ``-f, --filter KEY=VALUE``."""
        names = [f"-{self.short}"] if self.short else []
        return " ".join([", ".join([*names, *(f"--{name}" for name in self.long)]), self.value]).rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A command that can be typed, and what it does."""

    typed: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One command. ``docker`` has Docker's spellings of it, which may follow the word ``docker``.

    ``dashes`` says that a word such as ``-web`` is an operand.
    """

    word: str
    says: str
    docker: tuple[str, ...] = ()
    operands: str = ""
    options: tuple[Option, ...] = ()
    examples: tuple[Example, ...] = ()
    dashes: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        """All that the command may begin with."""
        return tuple(dict.fromkeys((self.word, *self.docker, *(f"docker {spelling}" for spelling in self.docker))))

    @property
    def usage(self) -> str:
        """The command in one line, without its options written out."""
        options = "[OPTION…]" if any(not option.unsupported for option in self.options) else ""
        return " ".join(part for part in (self.word, options, self.operands) if part)


FORCE = Option(long=("force",), short="f", says="remove what several tags or stopped containers would keep")
NO_PRUNE = Option(long=("no-prune",), says="leave untagged parents where they are")
HOST = Option(long=("host",), short="H", value="HOST", example="web-3", says="on which host")
REASON = Option(
    long=("reason", "because"),
    short="m",
    value="TEXT",
    example="'OPS-123 disk full'",
    says="why, for the approver and the record",
    blank=True,
)
DRY_RUN = Option(long=("dry-run",), says="show the plan and ask nobody")
BREAK_GLASS = Option(long=("break-glass",), says="in an emergency, for those the rules name: without an approval")
ALL = Option(long=("all",), short="a", says="also images without a name")
QUIET = Option(long=("quiet",), short="q", says="IDs only")
DIGESTS = Option(long=("digests",), says="with digests")
NO_TRUNC = Option(long=("no-trunc",), says="IDs in full")
FILTER = Option(
    long=("filter",),
    short="f",
    value="KEY=VALUE",
    example="dangling=true",
    says="only what matches; several may be given",
    pattern=True,
)
HELP = Option(long=("help",), short="h", says="explain this command")

_PLATFORM = "--platform takes one platform out of an image, which I can't do. Without it, the whole image is meant."
RM_PLATFORM = Option(long=("platform",), value="PLATFORM", unsupported=_PLATFORM)
_LS_PLATFORM = Option(
    long=("platform",),
    value="PLATFORM",
    unsupported="I list images whole, so --platform is not to be had. Leave it out.",
)
_FORMAT = Option(
    long=("format",),
    value="FORMAT",
    unsupported="I have one format, so --format is not to be had. For IDs only there is -q, for digests --digests.",
)
_TREE = Option(long=("tree",), unsupported="I print no tree, so --tree is not to be had. Leave it out.")

FILTERS: Mapping[str, str] = {
    "reference": "names that match a pattern, such as reference='ci/*'",
    "dangling": "true: images without a name; false: the others",
    "label": "images with a label, such as label=stage=test",
    "label!": "images without a label, or with another value; only where images are in containerd's store",
    "before": "images made before this one",
    "since": "images made after this one",
    "until": "images made before a moment, such as until=240h or until=2026-03-01",
}
"""The filters of ``ls`` (docs.docker.com, *docker image ls*, Filtering)."""

QUALIFIERS: Mapping[str, str] = {
    "who:": "who asked, such as who:@dana or who:me",
    "approver:": "who approved",
    "host:": "on which host",
    "image:": "a repository, or a name with its tag: image:redis, image:redis:7.2",
    "tag:": "a tag of any repository",
    "id:": "an image ID, or its first digits",
    "digest:": "a digest that a name was removed with, or its first digits",
    "layer:": "a layer by its chain ID, or its first digits",
    "action:": "untagged (names) or deleted (images and layers)",
    "grade:": "how it could be had back: re-pullable, unknown or only-copy",
    "status:": "how the request stands, such as status:interrupted",
    "reason:": "a word of the reason",
    "freed:": "what the request freed: freed:>1GB, freed:<500MB",
    "since:": "7d, 12h, yesterday, 2026-03-01 or 2026-03-01T14:00 (UTC)",
    "until:": "the same; a day counts to its end",
    "via:": "bot or external",
    "-": "before a qualifier or a word: everything but that",
}
"""The qualifiers of ``history``, each with what it asks for. ``bot.audit.qualifiers`` reads their values."""

RM = Form(
    word="rm",
    says="Remove images, once somebody has approved the plan.",
    docker=("rmi", "image rm", "image remove", "image rmi"),
    operands="[IMAGE…]",
    options=(FORCE, NO_PRUNE, HOST, REASON, DRY_RUN, BREAK_GLASS, RM_PLATFORM),
    examples=(
        Example(typed="rm redis:7.2", says="one image by name; by ID or digest works too"),
        Example(typed="rm -m 'OPS-123 disk full' $(ls -q redis)", says="every tag of redis, with a reason"),
        Example(typed="rm --dry-run $(ls -q -f dangling=true)", says="what would go, without asking anybody"),
        Example(typed="rm", says="a form to choose the images in"),
    ),
)
LS = Form(
    word="ls",
    says="List the images of a host.",
    docker=("images", "image ls", "image list"),
    operands="[REPOSITORY[:TAG]]",
    options=(ALL, QUIET, DIGESTS, NO_TRUNC, FILTER, HOST, _LS_PLATFORM, _FORMAT, _TREE),
    examples=(
        Example(typed="ls redis", says="every tag of redis"),
        Example(typed="ls 'ci/*:pr-*'", says="what matches a pattern"),
        Example(typed="ls -f dangling=true", says="images without a name"),
    ),
)
HISTORY = Form(
    word="history",
    says="Search the record of everything that was removed.",
    operands="[QUALIFIER|WORD]…",
    examples=(
        Example(typed="history", says="the newest records"),
        Example(typed="history image:redis host:web-3 since:7d", says="what went of redis there in the last week"),
        Example(typed="history redis -host:web-3", says="the word redis, everywhere but on web-3"),
        Example(typed="history who:@dana freed:>1GB", says="what Dana asked for that freed much"),
        Example(typed="history who:me status:rejected", says="your own requests that were rejected"),
        Example(typed="history layer:5f70bf18a086", says="which request deleted a layer"),
        Example(typed="history via:external since:yesterday", says="what went outside the bot"),
    ),
    dashes=True,
)
SHOW = Form(
    word="show",
    says="Show one request: its plan, who decided, what went.",
    operands="REQUEST",
    examples=(Example(typed="show 1042", says="request 1042"),),
)
CANCEL = Form(
    word="cancel",
    says="Take back a request of your own.",
    operands="REQUEST",
    examples=(Example(typed="cancel 1042", says="nothing of request 1042 is removed any more"),),
)
HELP_FORM = Form(
    word="help",
    says="Explain all this, or one command.",
    operands="[COMMAND]",
    examples=(Example(typed="help rm", says="everything about rm"),),
)
MINE = Form(
    word="mine",
    says="Your own requests and how they stand.",
    examples=(Example(typed="mine", says="what you asked for, the newest first"),),
)
PENDING = Form(
    word="pending",
    says="What waits for a decision, and what is under way.",
    examples=(Example(typed="pending", says="what waits for you is marked"),),
)
WHY = Form(
    word="why",
    says="What holds an image, or when and by whom it went.",
    operands="IMAGE",
    options=(HOST,),
    examples=(Example(typed="why redis:7.2", says="what holds redis:7.2"),),
)
HOSTS = Form(
    word="hosts",
    says="The hosts: whether they answer, what they hold, what no container uses.",
    examples=(Example(typed="hosts", says="all of them"),),
)
PERIODS: Mapping[str, int] = {"day": 1, "week": 7, "month": 30, "year": 365}
"""The periods of ``stats``, in days up to now."""
STATS = Form(
    word="stats",
    says="What was removed and freed, by whom, and how good the plans were.",
    operands=f"[{'|'.join(PERIODS)}]",
    examples=(Example(typed="stats week", says="the last seven days; without a word, the last thirty"),),
)
RESTORE = Form(
    word="restore",
    says="Put back what a request removed: pulled by digest, tagged as it was.",
    operands="REQUEST [IMAGE...]",
    options=(REASON, DRY_RUN),
    examples=(
        Example(typed="restore 1042", says="what request 1042 removed"),
        Example(typed="restore 1042 redis:7.2", says="only this image of it, by one of its names or its ID"),
        Example(typed="restore --dry-run 1042", says="what of it can be had back, without asking anybody"),
    ),
)
VERIFY = Form(word="verify", says="Whether the record is as it was written.")

FORMS = (RM, LS, HISTORY, MINE, PENDING, SHOW, CANCEL, WHY, RESTORE, HOSTS, STATS, VERIFY, HELP_FORM)
SPELLINGS: Mapping[tuple[str, ...], Form] = {
    tuple(spelling.split()): form for form in FORMS for spelling in form.spellings
}
