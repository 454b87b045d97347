"""Which host a delivery is about: whose daemon is asked while it is done."""

from typing import assert_never

from bot.approval.request import Request, RequestId, Token
from bot.command.forms import RESTORE
from bot.command.grammar import List, Remove, Restore, Why, parse
from bot.db.store import Reading
from bot.flows.answers import FormKind
from bot.flows.hosts_of import BETWEEN
from bot.flows.ports import Button, Click, Received, Submitted, Typed

OF_NO_HOST = frozenset(
    {
        *(Button.OLDER, Button.NEWER, Button.CSV, Button.JSON_LINES, Button.EVIDENCE, Button.ACKNOWLEDGE),
        *(Button.NEW, Button.HOST, Button.DETAILS, Button.PAGE, Button.PAGE_BACK),
        *(Button.REJECT, Button.SOME, Button.REVIEW, Button.HOSTS, Button.REASON, Button.BREAK_GLASS),
        *(Button.LOOK, Button.WITHDRAW, Button.STOP, Button.UNDO, Button.RECLAIM),
    }
)
"""Buttons that ask no daemon. A form has to be opened in three seconds: it may not wait for a host that is slow."""


def host_of(received: Received, reading: Reading, default: str | None) -> str | None:
    """Return the host that *received* is about, *default* where it names none; None where no daemon is asked."""
    match received:
        case Typed(text=text):
            return _of_command(text, reading, default)
        case Click(button=button) if button in OF_NO_HOST:
            return None
        case Submitted(form=FormKind.REJECT | FormKind.REVIEW):
            return None
        case Click(button=Button.ASK, value=value):  # the code of a plan, and a command
            return _of_command(value.partition(" ")[2], reading, default)
        case Click(button=Button.RESTORE, value=value):
            return _of_command(f"{RESTORE.word} {value}", reading, default)
        case Submitted(form=FormKind.REASON, value=value):
            return _of_command(value.partition(" ")[2], reading, default)
        case Submitted(form=FormKind.BREAK_GLASS | FormKind.NEW, value=value):
            return _of_command(value, reading, default)
        case Click(value=value) | Submitted(value=value):
            return _of_token(Token(value), reading, default)
        case _:
            assert_never(received)


def _of_command(text: str, reading: Reading, default: str | None) -> str | None:
    command = parse(text)
    if isinstance(command, Restore):
        return _of_request(reading.request(RequestId(command.request)))
    host = command.host or default if isinstance(command, Remove | List | Why) else None
    return BETWEEN if host and BETWEEN in host else host  # or there would be as many lanes as ways to name some


def _of_token(token: Token, reading: Reading, default: str | None) -> str | None:
    """Return the host of a request; of one for several what was typed for them, as of the command itself."""
    request = reading.request_by_token(token)
    fleet = reading.fleet_by_token(token) if request is None else None
    return _of_request(request) if fleet is None else _of_command(fleet.asked.command, reading, default)


def _of_request(request: Request | None) -> str | None:
    return None if request is None else request.plan.host
