"""Help, made from the grammar's own tables."""

from dataclasses import dataclass

from bot.command.forms import FILTER, FILTERS, FORMS, HISTORY, QUALIFIERS, Example, Form
from bot.command.refusal import COMMAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that can be typed, and what it means."""

    typed: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lines under a heading."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpText:
    """Help on everything or on one command: a sentence, how it is typed, some examples, then the rest."""

    title: str
    says: str
    usage: str
    examples: tuple[Line, ...]
    sections: tuple[Section, ...]


def help_text(topic: str | None) -> HelpText:
    """Return help on the command called *topic*, or on everything where there is none of that name."""
    form = next((form for form in FORMS if form.word == topic), None)
    return _of_all() if form is None else _of_one(form)


def _of_all() -> HelpText:
    return HelpText(
        title=f"{COMMAND} removes Docker images",
        says="You see the plan, somebody approves it, and everything that went is on record. No shell is ever run.",
        usage=f"{COMMAND} COMMAND …",
        examples=tuple(_line(form.examples[0]) for form in FORMS[:3]),
        sections=(
            Section(title="Commands", lines=tuple(Line(typed=form.usage, says=form.says) for form in FORMS)),
            Section(title="Images", lines=_IMAGES),
        ),
    )


def _of_one(form: Form) -> HelpText:
    spellings = tuple(Line(typed=spelling, says=f"is {form.word}") for spelling in form.spellings[1:])
    options = tuple(Line(typed=option.spelled, says=option.says) for option in form.options if not option.unsupported)
    filters = tuple(Line(typed=key, says=says) for key, says in FILTERS.items()) if FILTER in form.options else ()
    qualifiers = tuple(Line(typed=key, says=says) for key, says in QUALIFIERS.items()) if form is HISTORY else ()
    sections = (
        Section(title="Options", lines=options),
        Section(title="Filters", lines=filters),
        Section(title="Qualifiers", lines=qualifiers),
        Section(title="Images", lines=_IMAGES if "IMAGE" in form.operands else ()),
        Section(title="Also typed as", lines=spellings),
    )
    return HelpText(
        title=f"{COMMAND} {form.word}",
        says=form.says,
        usage=f"{COMMAND} {form.usage}",
        examples=tuple(map(_line, form.examples)),
        sections=tuple(section for section in sections if section.lines),
    )


def _line(example: Example) -> Line:
    return Line(typed=f"{COMMAND} {example.typed}", says=example.says)


_IMAGES = (
    Line(typed="redis", says="redis:latest; ls redis lists every tag, rm redis removes only this one"),
    Line(typed="ghcr.io/org/app:1.2", says="one name with its tag"),
    Line(typed="redis@sha256:…", says="one name with its digest"),
    Line(typed="9f86d0818a1c", says="an image by its ID, in full or in part"),
    Line(typed="$(ls -q redis)", says="every image that ls -q lists; `ls -q redis` in backquotes is the same"),
)
