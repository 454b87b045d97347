"""The metrics, by Prometheus' conventions: base units, ``_total`` for what only grows, labels of few values.

Hosts come from the settings, states and kinds from our own code: nothing that a person types is ever a label.
What happened is counted as it is put on record; what waits is read from the database when Prometheus asks.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from platform import python_version

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, Summary, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

import bot
from bot.approval.events import Approved, Drifted, Event, Rejected, StepDone
from bot.approval.notes import LayersGone, LeftOutside, Note, Refusal
from bot.approval.request import Request, State
from bot.db.store import Happened
from bot.dockerd.timed import Call
from bot.images.drift import as_planned
from bot.images.removal import DeletedImage, DeletedLayer, Plan, Refused, Removed, Unknown, Untagged
from bot.web.signs import Signs

log = structlog.get_logger()

ACKNOWLEDGED = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Seconds until an acknowledgement; after the last of them Slack has given up."""
DECIDED = (5, 15, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600)
"""Seconds until a decision."""


class Metrics:
    """Counts what happens, and tells it. May be used by several threads; nothing of it raises."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._registry = CollectorRegistry()
        self._acknowledged = self._histogram(
            "acknowledge", "Until a delivery of Slack's is acknowledged.", ACKNOWLEDGED
        )
        self._decided = self._histogram("decision", "From a request to its approval or rejection.", DECIDED)
        self._events = self._counter("events", "Put on record, by kind.", "kind")
        self._refused = self._counter("refusals", "Commands and clicks that did nothing.")
        self._calls = self._counter("daemon_calls", "Calls of Docker daemons.", "host", "call", "result")
        self._took = Summary(
            "imgbot_daemon_call_seconds", "How long they took.", ("host", "call"), registry=self._registry
        )
        self._steps = self._counter("steps", "Removals sent, by what came of them.", "host", "outcome")
        self._predicted = self._counter(
            "predictions", "Removals done, by whether all was predicted.", "host", "correct"
        )
        self._removed = self._counter("removed", "References, images and layers removed.", "host", "kind", "via")
        self._freed = self._counter("freed_bytes", "Of the layers that requests deleted.", "host")
        self._drifted = self._counter("drifts", "Requests whose plan was no longer what Docker would do.", "host")
        self._known = frozenset(hosts)
        for host in self._known:
            self._begin(host)
        ProcessCollector(registry=self._registry)

    def _begin(self, host: str) -> None:
        """Begin to count at 0: a first removal would not show as a rise otherwise."""
        for counter in (self._freed, self._drifted):
            counter.labels(host)
        for correct in ("true", "false"):
            self._predicted.labels(host, correct)
        for kind in ("reference", "image", "layer"):
            for via in ("bot", "external"):
                self._removed.labels(host, kind, via)

    def watch(self, read: Callable[[], Signs]) -> None:
        """Have *read* called each time that the metrics are asked for."""
        self._registry.register(_AtTheMoment(read))

    def acknowledged(self, seconds: float) -> None:
        """Count an acknowledgement."""
        self._acknowledged.observe(seconds)

    def called(self, call: Call) -> None:
        """Count a call of a daemon."""
        self._calls.labels(call.host, call.call, call.result).inc()
        self._took.labels(call.host, call.call).observe(call.seconds)

    def happened(self, happened: Happened) -> None:
        """Count what was put on record."""
        try:
            for event, request in happened:
                self._events.labels(type(event).__name__).inc()
                self._count(event, request)
        except Exception:  # what is on record is, whatever becomes of the metrics
            log.exception("not counted")

    def text(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def _count(self, event: Event | Note, request: Request | None) -> None:
        match event:
            case Refusal():
                self._refused.inc()
            case LeftOutside():
                for left in event.left:
                    self._gone(event.host, "external", len(left.untagged), int(left.deleted), len(left.layers))
            case LayersGone():
                self._layers(event.host, event.layers)
            case Rejected() if request:
                self._decision(request, event.at)
            case Approved() if request and request.state is State.APPROVED:
                self._decision(request, event.at)
            case Drifted() if request:
                self._drifted.labels(request.plan.host).inc()
            case StepDone() if request and isinstance(request.plan, Plan):
                self._step(request.plan, event)

    def _decision(self, request: Request, at: datetime) -> None:
        self._decided.observe((at - request.asked_at) / timedelta(seconds=1))

    def _step(self, plan: Plan, event: StepDone) -> None:
        outcome = event.outcome
        self._steps.labels(plan.host, _word(outcome)).inc()
        if isinstance(outcome, Refused):
            self._predicted.labels(plan.host, "false").inc()
        if not isinstance(outcome, Removed):
            return
        self._predicted.labels(plan.host, str(as_planned(plan.steps[event.step], outcome)).lower()).inc()
        untagged = sum(isinstance(record, Untagged) for record in outcome.records)
        deleted = sum(isinstance(record, DeletedImage) for record in outcome.records)
        self._gone(plan.host, "bot", untagged, deleted, 0)
        self._layers(plan.host, [record for record in outcome.records if isinstance(record, DeletedLayer)])

    def _layers(self, host: str, layers: Sequence[DeletedLayer]) -> None:
        self._gone(host, "bot", 0, 0, len(layers))
        self._freed.labels(host).inc(sum(layer.bytes or 0 for layer in layers))

    def _gone(self, host: str, via: str, references: int, images: int, layers: int) -> None:
        for kind, count in (("reference", references), ("image", images), ("layer", layers)):
            self._removed.labels(host, kind, via).inc(count)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"imgbot_{name}", says, labels, registry=self._registry)

    def _histogram(self, name: str, says: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(f"imgbot_{name}_seconds", says, buckets=buckets, registry=self._registry)


def _word(outcome: object) -> str:
    match outcome:
        case Removed():
            return "removed"
        case Refused():
            return "refused"
        case Unknown():
            return "unclear"
        case _:
            return "other"


@dataclass(frozen=True, slots=True)
class _AtTheMoment(Collector):
    """Tells what is so at the moment at which it is asked."""

    read: Callable[[], Signs]

    def describe(self) -> Iterable[Metric]:
        """Return nothing: it is not asked before somebody wants to know."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges."""
        yield InfoMetricFamily(
            "imgbot_build", "What runs.", value={"version": bot.__version__, "python": python_version()}
        )
        for gauge in self.read().gauges():
            made = GaugeMetricFamily(f"imgbot_{gauge.name}", gauge.says, labels=gauge.labels)
            for labels, value in gauge.values:
                made.add_metric(labels, value)
            yield made
