"""The evidence for one request: its events, in a file that a stranger can check without us.

JSON Lines. The first says of which request it is, the numbers of the first and of the last event in it, the hash
before the first, and how the file is checked. Each of the others is one event as it was sealed, with its hash. All that
came between the request's own is there too: a chain cannot be followed across what is left out.
``docs/check_evidence.py`` checks such a file.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import takewhile

from bot.approval.request import RequestId
from bot.audit.chain import ChainedEvent

FORMAT = 1
HOW_TO_CHECK = (
    "Each line after this one has an event and its hash: SHA-256, in hexadecimal digits, of the hash of the line before"
    " (here: previous_hash) and right behind it the event in canonical JSON (RFC 8785, UTF-8). The numbers of the"
    " events have no gap. The last hash is compared with a checkpoint that was posted elsewhere, such as in the audit"
    " channel."
)
"""What the file itself says to a stranger."""


def evidence(request: RequestId, events: Iterable[ChainedEvent], last: int) -> Iterator[str]:
    """Yield the lines of the file, each with its end: *events* from the request's first on, up to number *last*."""
    for position, event in enumerate(takewhile(lambda event: event.fields.sequence <= last, events)):
        if position == 0:
            first = {"first": event.fields.sequence, "last": last, "previous_hash": event.previous_hash}
            yield _line({"evidence": FORMAT, "request": request, **first, "how_to_check": HOW_TO_CHECK})
        yield _line({"event": _sealed(event), "hash": event.hash})


def _sealed(event: ChainedEvent) -> dict[str, object]:
    fields = event.fields
    return {
        "sequence": fields.sequence,
        "request": fields.request,
        "version": fields.version,
        "kind": fields.kind,
        "at": fields.at,
        "format": fields.format,
        "body": json.loads(fields.body),
    }


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
