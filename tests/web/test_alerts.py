"""The alert rules: promtool takes them, and each fires when it should and not before."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"
DAY = 24 * 60
"""Minutes."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A series, in promtool's words for its values a minute apart, by which one alert fires after so many minutes.

    By *calm*, the same series with other values, it does not.
    """

    alert: str
    series: str
    values: str
    calm: str
    minutes: int = 60


CASES = (
    Case(alert="ImgbotDown", series="up", values="0x60", calm="1x60"),
    Case(alert="ImgbotDatabaseDown", series="imgbot_database_up", values="0x60", calm="1x60"),
    Case(alert="ImgbotRecordFaulty", series="imgbot_record_faulty", values="1x60", calm="0x60"),
    Case(
        alert="ImgbotRecordNotVerified",
        series="imgbot_record_verified_timestamp_seconds",
        values=f"0x{3 * DAY}",
        calm=f"{DAY * 60}x{3 * DAY}",
        minutes=2 * DAY + 60,
    ),
    Case(
        alert="ImgbotNoCheckpoint",
        series="imgbot_checkpoint_timestamp_seconds",
        values=f"0x{3 * DAY}",
        calm=f"{DAY * 60}x{3 * DAY}",
        minutes=2 * DAY + 60,
    ),
    Case(alert="ImgbotSlackDisconnected", series="imgbot_slack_connections", values="0x60", calm="1x60"),
    Case(
        alert="ImgbotSlowAcknowledgements",
        series='imgbot_acknowledge_seconds_bucket{le="+Inf"} 0+10x60'
        '|imgbot_acknowledge_seconds_bucket{le="2.0"} 0+10x60'
        '|imgbot_acknowledge_seconds_bucket{le="1.0"}',
        values="0x60",
        calm="0+10x60",
    ),
    Case(
        alert="ImgbotDeliveriesWait",
        series='imgbot_queue_oldest_age_seconds{queue="deliveries"}',
        values="300x60",
        calm="60x60",
    ),
    Case(
        alert="ImgbotMessagesWait",
        series='imgbot_queue_oldest_age_seconds{queue="messages"}',
        values="1000x60",
        calm="300x60",
    ),
    Case(alert="ImgbotRequestStuck", series='imgbot_requests_open{state="interrupted"}', values="1x60", calm="0x60"),
    Case(
        alert="ImgbotHostUnreachable",
        series='imgbot_daemon_calls_total{host="web-3",result="unreachable"}',
        values="0+4x60",
        calm="4x60",
    ),
    Case(
        alert="ImgbotHostNotLookedAt",
        series='imgbot_host_looked_at_timestamp_seconds{host="web-3"}',
        values="0x120",
        calm="0+60x120",
        minutes=110,
    ),
    Case(
        alert="ImgbotPredictionWrong",
        series='imgbot_predictions_total{host="web-3",correct="false"}',
        values="0x50 1x10",
        calm="1x60",
    ),
    Case(
        alert="ImgbotRemovedOutside",
        series='imgbot_removed_total{host="web-3",via="external",kind="image"}',
        values="0x30 100x30",
        calm="0x30 10x30",
    ),
    Case(
        alert="ImgbotReplicasDiffer",
        series='imgbot_build_info{version="1"} 1x180|imgbot_build_info{version="2"}',
        values="1x180",
        calm="_x180",
        minutes=170,
    ),
)


def _series(case: Case, values: str) -> list[dict[str, str]]:
    *others, last = case.series.split("|")
    found = [other.rsplit(" ", 1) for other in others] + [[last, values]]
    return [{"series": _of_job(name), "values": each} for name, each in found]


def _of_job(series: str) -> str:
    name, _, labels = series.partition("{")
    rest = f",{labels}" if labels else "}"
    return f'{name}{{job="imgbot",instance="a"{rest}'


def _test(case: Case, values: str, *, fires: bool) -> dict[str, object]:
    expression = f'count(ALERTS{{alertname="{case.alert}",alertstate="firing"}})'
    expected = [{"labels": "{}", "value": 1}] if fires else []
    query = {"expr": expression, "eval_time": f"{case.minutes}m", "exp_samples": expected}
    return {"interval": "1m", "input_series": _series(case, values), "promql_expr_test": [query]}


def promtool(*words: str) -> None:
    """Run promtool, which must like what it sees; skip where it is missing."""
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool (apt-get install prometheus)")
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_takes_configuration_and_rules() -> None:
    """As they are shipped."""
    promtool("check", "config", str(OPERATIONS / "prometheus.yml"))


def test_each_alert_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    """By series made up for it, a minute apart."""
    tests = [
        _test(case, values, fires=fires)
        for case in CASES
        for values, fires in ((case.values, True), (case.calm, False))
    ]
    told = {"rule_files": [str(OPERATIONS / "alerts.yml")], "evaluation_interval": "5m", "tests": tests}
    (tmp_path / "tests.yml").write_text(json.dumps(told))
    promtool("test", "rules", str(tmp_path / "tests.yml"))


def test_no_alert_is_left_out() -> None:
    """Each has a case above."""
    named = re.findall(r"- alert: (\w+)", (OPERATIONS / "alerts.yml").read_text(encoding="utf-8"))
    assert named == [case.alert for case in CASES]
