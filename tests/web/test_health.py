"""Health and metrics of a real bot."""

import re
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.playground.driving import Driver, eventually
from tests.web.asking import HOST, Bot, bot


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Give a bot with three connections of Socket Mode."""
    with bot(tmp_path_factory.mktemp("told"), connections=3) as made:
        yield made


def value(at_work: Bot, name: str, **labels: str) -> float | None:
    """Return one value of the metrics; None where there is none of these labels."""
    for family in text_string_to_metric_families(at_work.get("/metrics").text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
    return None


def test_it_is_alive_and_ready(at_work: Bot) -> None:
    """In one word."""
    for path in ("/healthz", "/readyz"):
        answer = at_work.get(path)
        assert (answer.status_code, answer.text) == (200, "ok\n")
    assert at_work.get("/").status_code == 404


def test_there_are_as_many_connections_as_asked_for(at_work: Bot) -> None:
    """And Slack may use any of them: five commands are answered."""
    eventually(lambda: value(at_work, "imgbot_slack_connections"), lambda found: found == 3)
    people = Driver(at_work.place.url)
    before = value(at_work, "imgbot_acknowledge_seconds_count") or 0
    for _ in range(5):
        people.do("command", user="U0DEV", channel="C0DEV", text="/img help")
    eventually(lambda: value(at_work, "imgbot_acknowledge_seconds_count"), lambda found: found == before + 5)


def test_a_removal_is_counted(at_work: Bot) -> None:
    """From the question to the bytes, with the prediction held to what happened."""
    people = Driver(at_work.place.url)
    people.do("command", user="U0DEV", channel="C0DEV", text="/img rm redis:alpine")
    posted = eventually(lambda: people.messages("U0LEAD", "C0APPROVALS"))[0]
    assert value(at_work, "imgbot_requests_open", state="pending") == 1
    people.do("click", user="U0LEAD", channel="C0APPROVALS", ts=posted["ts"], action_id="img_approve")
    eventually(lambda: value(at_work, "imgbot_events_total", kind="Finished"))
    assert value(at_work, "imgbot_freed_bytes_total", host=HOST) == pytest.approx(21e6, rel=0.1)
    assert value(at_work, "imgbot_removed_total", host=HOST, kind="reference", via="bot") == 2
    assert value(at_work, "imgbot_removed_total", host=HOST, kind="layer", via="bot") == 5
    assert value(at_work, "imgbot_predictions_total", host=HOST, correct="true") == 1
    assert value(at_work, "imgbot_predictions_total", host=HOST, correct="false") == 0
    assert value(at_work, "imgbot_decision_seconds_count") == 1
    assert value(at_work, "imgbot_daemon_calls_total", host=HOST, call="remove", result="ok") == 1
    assert value(at_work, "imgbot_requests_open", state="pending") == 0


def test_what_is_so_at_the_moment(at_work: Bot) -> None:
    """Queues, hosts, the record, and what runs."""
    assert value(at_work, "imgbot_database_up") == 1
    for queue in ("deliveries", "answers", "messages", "notices"):
        assert value(at_work, "imgbot_queue_length", queue=queue) is not None
        assert value(at_work, "imgbot_queue_oldest_age_seconds", queue=queue) is not None
    eventually(lambda: value(at_work, "imgbot_host_looked_at_timestamp_seconds", host=HOST))
    assert (value(at_work, "imgbot_record_events") or 0) > 0
    assert value(at_work, "imgbot_record_faulty") == 0
    assert value(at_work, "imgbot_build_info") == 1


def test_names_and_labels_are_prometheus_own_way(at_work: Bot) -> None:
    """Base units, a help text for each, and no label that grows with use."""
    allowed = {"host", "call", "result", "kind", "via", "correct", "outcome", "queue", "state", "duty", "le"}
    allowed |= {"version", "python"}
    for family in text_string_to_metric_families(at_work.get("/metrics").text):
        if not family.name.startswith("imgbot_"):
            continue
        assert family.documentation.endswith("."), family.name
        assert not re.search(r"(millis|minutes|hours|kb|mb)$", family.name)
        for sample in family.samples:
            assert set(sample.labels) <= allowed, sample
