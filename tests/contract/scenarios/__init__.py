"""Scenarios with names: each a world, and the commands typed into it one after the other."""

from collections.abc import Mapping

from tests.contract.scenarios import (
    containers,
    digests,
    identifiers,
    layers,
    lookalikes,
    mounts,
    names,
    parents,
    platforms,
    refusals,
)
from tests.contract.scenarios.scenario import Scenario

SCENARIOS: Mapping[str, Scenario] = {
    name: scenario
    for module in (
        *(names, identifiers, lookalikes, digests, layers),
        *(parents, containers, mounts, platforms, refusals),
    )
    for name, scenario in module.SCENARIOS.items()
}
