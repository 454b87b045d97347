"""What is told of the bot over HTTP, and to whom it is handed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Faults = Callable[[], Sequence[str]]
"""Says what is wrong, one sentence each; nothing where all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What only a restart mends, what keeps the bot from its work now, and the metrics in Prometheus' text format."""

    alive: Faults
    ready: Faults
    metrics: Callable[[], bytes]
