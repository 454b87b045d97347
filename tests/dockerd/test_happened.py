"""What happened on a host: nothing is left out or told twice, and what may have been forgotten is said."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dockerd.clock import SECOND
from bot.dockerd.daemon import Daemon
from bot.dockerd.happened import REMEMBERED
from bot.dockerd.hosts import Endpoint
from bot.flows.ports import Change, Changes, Unreachable
from bot.images.ids import ImageId
from tests.dockerd.lying import Answer, Answers, Lying, answer, lying, stream
from tests.dockerd.recorded import digest
from tests.dockerd.remembering import IMAGE, Remembering

HOUR = 3600 * SECOND


@contextmanager
def asked(folder: Path, state: Remembering, **answers: Answer) -> Iterator[tuple[Daemon, Lying]]:
    """Give a daemon that remembers, as the bot sees it."""
    given: Answers = {"/info": state.info, "/events": state.told, **{f"/{path}": of for path, of in answers.items()}}
    with lying(folder / "docker.sock", given) as server:
        daemon = Daemon("web-3", Endpoint(url=server.url, timeout=timedelta(seconds=2)))
        yield daemon, server
        daemon.close()


def happened(daemon: Daemon, since: int) -> Changes:
    """Return what happened since then."""
    changes = daemon.changes(since)
    assert isinstance(changes, Changes), changes.why
    return changes


@pytest.mark.parametrize("ahead", [0, -HOUR, HOUR, 20_000_000, -20_000_000])
def test_what_happened_until_this_moment_is_told(tmp_path: Path, ahead: int) -> None:
    """Whatever the daemon's clock shows: what happened just before the question is in the answer, and only once."""
    state = Remembering(ahead=ahead)
    before = state.happen("tag")
    with asked(tmp_path, state) as (daemon, _):
        state.happen("untag")
        first = happened(daemon, before)
        assert first.changes == (Change(action="untag", image_id=ImageId(IMAGE)),)
        assert first.complete
        again = happened(daemon, first.seen)
        assert (again.changes, again.seen, again.complete) == ((), first.seen, True)
        state.happen("delete")
        assert [change.action for change in happened(daemon, first.seen).changes] == ["delete"]


def test_the_moment_itself_is_not_told_again(tmp_path: Path) -> None:
    """Both borders of the daemon's answer are included, and one of them is known already."""
    state = Remembering()
    at = state.happen("tag")
    with asked(tmp_path, state) as (daemon, _):
        assert happened(daemon, at).changes == ()
        assert len(happened(daemon, at - 1).changes) == 1


MATTERING = [
    *(("image", action) for action in ("tag", "untag", "delete", "load", "pull", "import", "push", "create", "prune")),
    *(("container", a) for a in ("create", "destroy", "start", "die", "pause", "unpause", "restart", "commit")),
]
IDLE = [
    *(("image", "save"), ("container", "rename"), ("container", "exec_create: sh"), ("container", "attach")),
    *(("container", "health_status: healthy"), ("volume", "create"), ("network", "destroy"), ("builder", "prune")),
    *(("daemon", "reload"), ("plugin", "pull"), ("new", "tag")),
]


@pytest.mark.parametrize(("kind", "action"), MATTERING)
def test_what_matters_is_told(tmp_path: Path, kind: str, action: str) -> None:
    """An image's event names the image, a container's does not."""
    state = Remembering()
    before = state.happen("save")
    state.happen(action, kind, IMAGE if kind == "image" else "c" * 64)
    with asked(tmp_path, state) as (daemon, _):
        (change,) = happened(daemon, before).changes
    assert change == Change(action=action, image_id=ImageId(IMAGE) if kind == "image" else None)


@pytest.mark.parametrize(("kind", "action"), IDLE)
def test_what_does_not_matter_is_left_out(tmp_path: Path, kind: str, action: str) -> None:
    """It moves the moment on all the same."""
    state = Remembering()
    before = state.happen("save")
    at = state.happen(action, kind)
    with asked(tmp_path, state) as (daemon, _):
        changes = happened(daemon, before)
    assert changes == Changes(changes=(), seen=at, complete=True)


def test_a_pull_names_no_image(tmp_path: Path) -> None:
    """Docker has the name in place of the ID there."""
    state = Remembering()
    before = state.happen("save")
    state.happen("pull", of="redis:7")
    with asked(tmp_path, state) as (daemon, _):
        assert happened(daemon, before).changes == (Change(action="pull", image_id=None),)


def test_more_than_the_daemon_remembers(tmp_path: Path) -> None:
    """With 256 later events the one before is gone, and so may be others: that is said."""
    state = Remembering()
    before = state.happen("tag")
    with asked(tmp_path, state) as (daemon, _):
        assert happened(daemon, before).complete
        for _ in range(REMEMBERED - 1):
            state.happen("create", "volume")
        assert happened(daemon, before).complete
        state.happen("create", "volume")
        assert not happened(daemon, before).complete


def test_a_daemon_that_started_again_has_forgotten(tmp_path: Path) -> None:
    """What it remembers does not reach back, however little that is."""
    state = Remembering()
    before = state.happen("tag")
    with asked(tmp_path, state) as (daemon, _):
        assert happened(daemon, before).complete
        state.happen("untag")
        state.restart()
        assert not happened(daemon, before).complete
        at = state.happen("load")
        changes = happened(daemon, before)
        assert ([change.action for change in changes.changes], changes.complete) == (["load"], False)
        assert happened(daemon, at).complete


def test_a_daemon_that_has_nothing_to_show_for_it_may_have_forgotten(tmp_path: Path) -> None:
    """Without an older event nothing shows that it was not started in between."""
    state = Remembering()
    with asked(tmp_path, state) as (daemon, _):
        before = state.now()
        assert happened(daemon, before) == Changes(changes=(), seen=before, complete=False)


def test_little_is_asked_for(tmp_path: Path) -> None:
    """Once an event is known, the daemon is asked from there on, and not for all that it remembers."""
    state = Remembering()
    for _ in range(200):
        state.happen("tag")
    at = state.happen("untag")
    with asked(tmp_path, state) as (daemon, server):
        happened(daemon, at)
        happened(daemon, at)
        first, second = (line for line in server.asked if line.startswith("GET /events"))
        assert "since=0.000000000" in first
        assert f"since={at // SECOND}.{at % SECOND:09d}" in second
        assert server.asked.count("GET /info") == 1  # its clock is known from then on


NOT_TOLD = {
    "refused": answer({"message": "forbidden"}, 403),
    "refused otherwise": answer({"error": "forbidden"}, 403),
    "absent": Answer(body=b"404 page not found", status=404),
    "slow": Answer(late=True),
    "not JSON": Answer(body=b"<html>\n"),
    "a list": stream([[1]]),
    "a message": stream([{"message": "no"}]),
    "no time": stream([{"Type": "image", "Action": "tag", "Actor": {"ID": IMAGE}}]),
    "an odd time": stream([{"Type": "image", "Action": "tag", "Actor": {"ID": IMAGE}, "timeNano": "soon"}]),
    "an odd actor": stream([{"Type": "image", "Action": "tag", "Actor": None, "timeNano": 2 * 10**18}]),
    "an odd type": stream([{"Type": [], "Action": "tag", "Actor": None, "timeNano": 2 * 10**18}]),
    "cut off": Answer(body=b'{"Type": "image"}\n', sent=5),
}


@pytest.mark.parametrize("told", NOT_TOLD.values(), ids=NOT_TOLD)
def test_a_daemon_that_does_not_tell_is_unreachable(tmp_path: Path, told: Answer) -> None:
    """It ends in a sentence, in time."""
    with asked(tmp_path, Remembering(), events=told) as (daemon, _):
        changes = daemon.changes(1)
    assert isinstance(changes, Unreachable)
    assert changes.why.startswith("web-3 ")


@given(st.lists(st.sampled_from(["image", "container", "volume", "ask", "ask", "many"]), max_size=20))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_is_told_once(tmp_path_factory: pytest.TempPathFactory, history: list[str]) -> None:
    """Asked from moment to moment: what was left out was said to be lacking, and nothing comes twice."""
    state = Remembering()
    seen = state.happen("save")
    expected: list[str] = []
    told: list[str] = []
    with asked(tmp_path_factory.mktemp("d"), state) as (daemon, _):
        for number, what in enumerate([*history, "ask"]):
            if what == "ask":
                changes = happened(daemon, seen)
                told += [str(change.image_id) for change in changes.changes]
                assert not changes.complete or told == expected
                seen, told, expected = changes.seen, [], []
            elif what == "many":
                for _ in range(200):
                    state.happen("create", "volume")
            else:
                of = digest("0")[:-4] + f"{number:04x}"
                state.happen("tag" if what == "image" else "create", what, of)
                expected += [of] if what == "image" else ["None"] if what == "container" else []


@pytest.mark.parametrize("name", ["redis:7", ""])
def test_what_an_image_was_tagged_with_is_told(tmp_path: Path, name: str) -> None:
    """Whatever had that name before has lost it, and the daemon does not say so; it may tell no name either."""
    state = Remembering()
    before = state.happen("save")
    state.happen("tag", name=name)
    with asked(tmp_path, state) as (daemon, _):
        (change,) = happened(daemon, before).changes
    assert (change.action, change.name) == ("tag", name)
