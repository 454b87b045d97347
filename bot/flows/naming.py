"""What somebody did, in a word for the record."""

from typing import assert_never

from bot.flows.ports import Click, Received, Submitted, Typed


def named(done: Received) -> str:
    """Return what somebody typed, pressed or filled in."""
    match done:
        case Typed(text=text):
            return f"/img {text[:200]}"
        case Click(button=button):
            return button
        case Submitted(form=form):
            return f"form {form}"
        case _:
            assert_never(done)
