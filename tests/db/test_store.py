"""Requests in the store: asked, changed, read."""

from dataclasses import replace

from bot.approval.request import Request, Token
from bot.db.store import Store
from tests.approval import examples


def asked(store: Store, token: str = "token") -> Request:
    """Ask for the example plan."""
    with store.transaction() as tx:
        return tx.ask(replace(examples.asked_event(), token=Token(token)))


def test_what_is_asked_is_read_back(store: Store) -> None:
    """A request comes back equal to what ask() returned, by number and by token."""
    request = asked(store)
    with store.reading() as reading:
        assert reading.request(request.id) == request
        assert reading.request_by_token(request.token) == request
