"""The points at which the bot is killed: after each transaction and after each call, as its own code lists them."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import bot
from bot.flows import ports

SOURCE = Path(bot.__file__).parent
ASIDE = (SOURCE / "playground", SOURCE / "db")
"""The other side, which nobody ships to be killed; and where transactions are made that others open."""
PROTOCOLS = (ports.Daemon, ports.Conversation, ports.Directory)

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "bot.flows.keeping:_into_file": "imgbot db is another process, which says so where the bot runs",
        "bot.flows.proving:Prove.acknowledge": "it comes after a record that does not verify, and ours always does",
    }
)
"""Points that a running bot does not pass here, and why."""
ALONE: Mapping[str, str] = MappingProxyType(
    {
        "Conversation.unsay": "nobody else has posted the same",
        "bot.flows.duty:Duty.mine": "it has every duty",
        "bot.flows.duty:Hold.end": "nobody else may be at what it is at",
        "bot.flows.duty:Hold.keep": "nobody else may be at what it is at",
        "bot.flows.duty:Hold.take": "nobody else may be at what it is at",
        "bot.flows.remove:Remove._void": "nothing changes on a host but what it does itself",
    }
)
"""Points that one process alone on SQLite does not pass, and why."""


def transactions() -> frozenset[str]:
    """Return a point for each function that opens a transaction, such as ``bot.flows.ask:Ask._ask``."""
    return frozenset(
        f"{_module(path)}:{name}"
        for path in SOURCE.rglob("*.py")
        if not any(path.is_relative_to(each) for each in ASIDE)
        for name in _opening(ast.parse(path.read_text(encoding="utf-8")), ())
    )


def calls() -> frozenset[str]:
    """Return a point for each call of the world outside, such as ``Daemon.remove``."""
    return frozenset(
        f"{protocol.__name__}.{name}"
        for protocol in PROTOCOLS
        for name, member in vars(protocol).items()
        if inspect.isfunction(member) and not name.startswith("_")
    )


def points() -> frozenset[str]:
    """Return all of them."""
    return transactions() | calls()


def elsewhere(kind: str) -> Mapping[str, str]:
    """Return the points that are not passed on this kind of database, and why."""
    return {**ELSEWHERE, **(ALONE if kind == "sqlite" else {})}


def _module(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _opening(node: ast.AST, within: tuple[str, ...]) -> Iterator[str]:
    """Yield the qualified names of the functions in which a transaction is opened, as Python names them."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.ClassDef(name=name):
                yield from _opening(child, (*within, name))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield from _opening(child, (*within, name, "<locals>"))
            case ast.Call(func=ast.Attribute(attr="transaction" | "patiently")):
                yield ".".join(within[:-1])
                yield from _opening(child, within)
            case _:
                yield from _opening(child, within)
