"""The Grafana dashboard as a file: it is what Grafana's own model has, and nothing on it is in the way of anything.

What it asks is asked of a real Prometheus in ``test_prometheus.py``.
"""

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.web.test_alerts import promtool

FILE = Path(__file__).parents[2] / "docs" / "operations" / "dashboard.json"
WIDE = 24
"""Columns of Grafana's grid."""
UNITS = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("_")}


Json = dict[str, Any]


@pytest.fixture
def dashboard() -> Json:
    """Return the file's content."""
    read: Json = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def _unknown(written: object, read: object, path: str = "") -> Iterator[str]:
    """Yield what Grafana's model does not have, or has otherwise."""
    match written, read:
        case dict(), dict():
            for key, value in written.items():
                yield from _unknown(value, read[key], f"{path}/{key}") if key in read else [f"{path}/{key}"]
        case list(), list() if len(written) == len(read):
            for number, (one, other) in enumerate(zip(written, read, strict=True)):
                yield from _unknown(one, other, f"{path}/{number}")
        case _ if written != read:
            yield path


def _through_grafana(dashboard: Json) -> list[str]:
    register_default_plugins()
    made = Dashboard.from_json(deepcopy(dashboard))
    return list(_unknown(dashboard, json.loads(JSONEncoder(sort_keys=True).encode(made))))


def test_grafana_knows_every_key(dashboard: Json) -> None:
    """Read into the model that Grafana makes of its own schemas, and written again, nothing is lost."""
    assert _through_grafana(dashboard) == []
    dashboard["panels"][6]["gridPos"]["wide"] = 3
    dashboard["panels"][0]["targets"][0]["legend"] = "a key that there is not"
    assert _through_grafana(dashboard) == ["/panels/0/targets/0/legend", "/panels/6/gridPos/wide"]


def test_panels_have_numbers_of_their_own_and_stand_beside_each_other(dashboard: Json) -> None:
    """Grafana takes two with the same number for one, and pushes down what overlaps."""
    panels = dashboard["panels"]
    assert [number for number, times in Counter(panel["id"] for panel in panels).items() if times > 1] == []
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= WIDE for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)


def test_the_data_source_is_chosen_where_it_is_shown(dashboard: Json) -> None:
    """No panel has somebody's own: each names the variable."""
    (variable,) = dashboard["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    chosen = {"type": "prometheus", "uid": f"${{{variable['name']}}}"}
    for panel in dashboard["panels"]:
        assert [panel["datasource"], *(target["datasource"] for target in panel["targets"])] == [chosen] * (
            len(panel["targets"]) + 1
        )
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references) > 0


def test_units_are_grafanas(dashboard: Json) -> None:
    """A word that Grafana does not know is shown behind the number as it is."""
    assert {panel["fieldConfig"]["defaults"]["unit"] for panel in dashboard["panels"]} <= UNITS
    assert "furlongs" not in UNITS
    for panel in dashboard["panels"]:
        asked = " ".join(target["expr"] for target in panel["targets"])
        unit = panel["fieldConfig"]["defaults"]["unit"]
        assert ("bytes" in asked) == (unit in {"bytes", "decbytes"}), panel["title"]
        assert ("seconds" in asked) == (unit == "s"), panel["title"]


def test_promtool_reads_every_query(dashboard: Json, tmp_path: Path) -> None:
    """As rules that record them."""
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    rules = [{"record": f"dashboard:{number}", "expr": expr} for number, expr in enumerate(asked)]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(tmp_path / "rules.yml"))
