"""What the documents say is there: each link leads somewhere, and each command is one."""

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

import bot
from bot.cli import Later, imgbot
from bot.command.grammar import NotUnderstood, parse
from tests.slack.catalogue import CATALOGUE

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
IDS = [str(path.relative_to(ROOT)) for path in DOCUMENTS]

LINK = re.compile(r"!?\[[^]]*]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
BESIDE = re.compile(r"\s{2,}|\s#\s|\s→\s")
"""Between a command and what is said beside it."""
ENTRY = re.compile(r"^(?:\.venv/bin/)?imgbot (?=[a-z-])")
PENDING = re.compile(r"requires an argument|Missing argument")
"""An option that is named alone, in a sentence about it."""
PROGRAM = re.compile(r"^(?:sudo )?(?:[A-Z_]+=\S+ )*(?:docker compose (?:exec|run)(?: -\S+)* imgbot )?(.*)$")
STANDS_FOR = {
    "IMAGE...": "redis:7",
    "IMAGE": "redis:7",
    "REQUEST": "12",
    "ID": "12",
    "PERIOD": "week",
    "COMMAND": "rm",
    "HOST": "web-3",
    "SEQ:HASH": "1:" + "0" * 64,
    "[IMAGE...]": "redis:7",
}
"""What may stand for what somebody types."""


def _anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as they are made of them where it is shown."""
    headings = HEADING.findall(BLOCK.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _commands(path: Path) -> Iterator[str]:
    """Yield what a document has in code, without what is said beside it."""
    text = path.read_text(encoding="utf-8")
    for kind, block in BLOCK.findall(text):
        if kind in {"", "sh"}:
            joined = block.replace("\\\n", " ")
            yield from (BESIDE.split(line.strip())[0] for line in joined.splitlines())
    for code in INLINE.findall(BLOCK.sub("", text)):
        yield " ".join(code.split())


def _filled(words: str) -> str:
    return " ".join(STANDS_FOR.get(word, word) for word in words.split(" "))


def test_each_version_says_first_what_has_to_be_done() -> None:
    """Before what is new."""
    _, *versions = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert bot.__version__ in versions[0].splitlines()[0]
    for version in versions:
        assert re.findall(r"^### (.*)$", version, re.MULTILINE) == ["What you have to do", "What is new"]
        todo = version.partition("### What is new")[0]
        assert len(todo.split()) > 10, f"{version.splitlines()[0]}: say that nothing has to be done, and why"


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_links_lead_somewhere(path: Path) -> None:
    """A file that is there, and a heading that it has."""
    text = BLOCK.sub("", path.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{link} leads nowhere"
        assert there.is_relative_to(ROOT), f"{link} leads out of the repository"
        assert not anchor or anchor in _anchors(there), f"{link}: no such heading, but {sorted(_anchors(there))}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_slash_commands_are_understood(path: Path) -> None:
    """By the grammar that Slack's text is given to."""
    for command in _commands(path):
        if command.startswith("/img ") and "…" not in command:
            typed = _filled(command.removeprefix("/img "))
            tried = [parse(typed + more) for more in ("", " redis:7", " 12")]  # named without what it is asked about
            assert not all(isinstance(each, NotUnderstood) for each in tried), f"{command}: {tried[0]}"


def _called(words: list[str]) -> click.Command:
    """Return the command that the words name, once its options and arguments were understood."""
    command: click.Command = imgbot
    context = click.Context(imgbot, info_name="imgbot")
    args = words
    while isinstance(command, click.Group):
        parser = command.make_parser(context)
        _, args, _ = parser.parse_args(list(args))
        if not args:
            return command
        found = command.get_command(context, args[0])
        assert found is not None, f"there is no {args[0]}"
        command, args = found.load() if isinstance(found, Later) else found, args[1:]
        context = click.Context(command, parent=context, info_name=command.name)
    command.make_parser(context).parse_args(list(args))
    return command


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_commands_of_imgbot_are_there(path: Path) -> None:
    """With the options that they are given."""
    for line in _commands(path):
        program = PROGRAM.match(line)
        rest = program[1] if program else ""
        if not ENTRY.match(rest):
            continue
        words = shlex.split(re.split(r"\s[|>&;]|[|…]", rest)[0], comments=True)[1:]
        try:
            _called(words)
        except click.UsageError as error:
            if PENDING.search(error.format_message()) and "\n" not in line and f"`{line}`" in path.read_text("utf-8"):
                continue
            pytest.fail(f"{line}: {error.format_message()}")


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_targets_of_make_are_there(path: Path) -> None:
    """In the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in _commands(path):
        if re.match(r"make [a-z]+", line):
            asked = [word for word in line.split()[1:] if "=" not in word]
            assert set(asked) <= targets, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_files_that_are_named_are_there(path: Path) -> None:
    """A path in code that begins with a folder of the repository is one."""
    folders = "bot|tests|docs|migrations|benchmarks|requirements"
    for code in _commands(path):
        if re.fullmatch(rf"(?:{folders})/[\w./-]+", code):
            assert (ROOT / code).exists(), code


def test_each_picture_of_a_message_is_shown_and_made() -> None:
    """What is taken, what lies there and what the page shows are the same; each is of the goldens' examples."""
    taken: tuple[str, ...] = import_module("docs.pictures.messages").SHOWN  # mypy takes the folder of that name
    assert set(taken) <= set(CATALOGUE)
    files = [f"{name.replace('/', '-').replace(' ', '-')}.png" for name in taken]
    assert {path.name for path in (ROOT / "docs/pictures/messages").glob("*.png")} == set(files)
    shown = re.findall(r"pictures/messages/([\w-]+\.png)", (ROOT / "docs/messages.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(files)
