"""Docker's own lines about several hosts, in the thread of the message about all of them: a part for each host.

Hosts on which the lines are the same have one part: of two hundred that are alike, one is read.
"""

from collections.abc import Iterator

from bot.approval.fleet import Fleet
from bot.approval.printed import printed
from bot.approval.request import Request, State
from bot.images.removal import Plan
from bot.slack.blocks import Block, context, said, section
from bot.slack.fleet_hosts import names_of
from bot.slack.lines import MANY, InThread, file_name, known
from bot.slack.steps import text_block

PARTS = 15
"""More parts than these are a file: with three blocks for each they fit a message."""
HEADER = "==> {} <=="
"""What stands above a part in the file, as above those of several files in ``tail``."""


def of_all(fleet: Fleet) -> InThread:
    """Return the lines of all hosts for the thread."""
    parts, title = _parts(fleet), _title(fleet)
    blocks = (section(f"{title}:"), *(block for members in parts for block in _part(members)))
    return InThread(
        said=said(f"{title}.", blocks),
        title=title,
        name=file_name(fleet.number, fleet.state, fleet.narrowed.version if fleet.narrowed else None),
        text="\n".join(map(_in_file, parts)).encode(),
        is_file=len(parts) > PARTS or sum(len(printed(members[0])) for members in parts) > MANY,
    )


def where(fleet: Fleet) -> str:
    """Return where the lines are, in one line of small print; nothing where there are none, or not yet."""
    if fleet.state not in {State.PENDING, State.FINISHED} or not any(map(printed, fleet.kept)):
        return ""
    what = "the plan for" if fleet.state is State.PENDING else "what was done on"
    return f"🧵 Docker's lines of {what} each host are in the thread."


def _parts(fleet: Fleet) -> list[list[Request]]:
    """Return the hosts that have lines, those together on which they are the same."""
    alike: dict[object, list[Request]] = {}
    for member in fleet.kept:
        if lines := printed(member):
            store = member.plan.store if isinstance(member.plan, Plan) else None  # not every one tells of layers
            alike.setdefault((lines, store), []).append(member)
    return list(alike.values())


def _part(members: list[Request]) -> Iterator[Block | None]:
    yield section(names_of([member.plan.host for member in members]))
    yield text_block(printed(members[0]))
    yield context(told) if (told := known(members[0])) else None


def _in_file(members: list[Request]) -> str:
    """Return a part as text: its hosts with the numbers of their requests, and below them the lines."""
    hosts = ", ".join(f"{member.plan.host} (request {member.id})" for member in members)
    return "".join(f"{line}\n" for line in (HEADER.format(hosts), *printed(members[0])))


def _title(fleet: Fleet) -> str:
    would = "would print" if fleet.state is State.PENDING else "printed"
    return f"Request {fleet.number}: what Docker {would} on each host"
