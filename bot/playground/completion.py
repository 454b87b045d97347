"""What the page offers while somebody types a slash command: made from the grammar's own tables."""

from bot.command.forms import FORMS, Form, Option
from bot.command.refusal import COMMAND
from bot.playground.blocks import Object


def completions() -> list[Object]:
    """Return each command with what it means, its options, and whether it takes images."""
    return [_command(form) for form in FORMS]


def _command(form: Form) -> Object:
    return {
        "typed": f"{COMMAND} {form.word}",
        "usage": f"{COMMAND} {form.usage}",
        "says": form.says,
        "images": "IMAGE" in form.operands or "REPOSITORY" in form.operands,
        "options": [_option(option) for option in form.options if not option.unsupported],
    }


def _option(option: Option) -> Object:
    return {"typed": f"--{option.long[0]}", "usage": option.spelled, "says": option.says}
