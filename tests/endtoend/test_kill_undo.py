"""The bot is killed while it keeps content for an undo: a restart loses nothing of it, and keeps nothing for ever."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.approval.request import Progress, State, Window
from bot.db import database
from bot.db.store import Store
from bot.images.guards import DOMAIN
from bot.playground.demo import RunningWorkspace
from bot.settings import Environment, File, Settings
from tests.daemons import RunningDaemon
from tests.endtoend.tap import Call, Tap
from tests.endtoend.team import DANA, OLGA, People, Team, until
from tests.endtoend.test_kill import Bot, killed
from tests.worlds import Build, load

Kill = Callable[[], None]


@pytest.fixture
def bot(place: RunningWorkspace, tapped: Tap, tmp_path: Path) -> Iterator[Bot]:
    """Give a bot as a process, with a rule that keeps content for a day."""
    assert tapped.calls == []
    made = Bot(place, tmp_path, 'undo = "24h"')
    yield made
    if made.runs:
        assert made.stop() == 0, made.log()


@pytest.fixture
def watched(place: RunningWorkspace, tapped: Tap, bot: Bot, tmp_path: Path) -> Team:
    """Give people, and a look into the bot's database."""
    people = People(place.url)
    until(lambda: people.type(DANA, "/img help", "D0DEV") == "acknowledged")
    assert bot.runs
    store = Store(database.engine(f"sqlite:///{tmp_path / 'imgbot.db'}"))
    nothing = Settings(environment=Environment(), file=File(), path=None)
    return Team(people=people, store=store, tap=tapped, settings=nothing)


def after(watched: Team, method: str, part: str) -> Callable[[Kill], None]:
    """Return what arms the hook that fires once a call of this kind was answered by the daemon."""

    def arm(kill: Kill) -> None:
        def seen(call: Call) -> None:
            if call.method == method and part in call.path:
                watched.tap.after = lambda _: None
                kill()

        watched.tap.after = seen

    return arm


def _tags(dockerd: RunningDaemon) -> list[str]:
    """Return every tag on the host."""
    return sorted(tag for image in dockerd.client.images() for tag in image["RepoTags"] or ())


def _approve(watched: Team, dockerd: RunningDaemon) -> None:
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    _, message = watched.people.ask(DANA, "/img rm redis:7")
    watched.people.press(OLGA, message, "img_approve")


def _window(watched: Team, window: Window) -> None:
    def is_there() -> bool:
        undo = watched.request(1).undo
        return undo is not None and undo.window is window

    until(is_there)


def _finished(watched: Team, dockerd: RunningDaemon) -> None:
    """Have a removal carried out that can be undone."""
    _approve(watched, dockerd)
    _window(watched, Window.OPEN)
    assert [tag.partition("/")[0] for tag in _tags(dockerd)] == [DOMAIN]


def test_killed_when_a_guard_was_set(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """Nothing was removed: a person stops it, and the guard goes, with nothing else."""
    with killed(bot, after(watched, "POST", "/tag")):
        _approve(watched, dockerd)
    watched.reaches(1, State.INTERRUPTED)
    assert len(_tags(dockerd)) == 2
    watched.people.press(OLGA, watched.shows("0 of 1 done, 1 not started"), "img_stop")
    _window(watched, Window.RECLAIMED)
    assert _tags(dockerd) == ["redis:7"]
    assert watched.records(1) == ()


def test_killed_when_a_guard_was_set_and_resumed(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """The guard is set once more, which changes nothing, and the name goes."""
    with killed(bot, after(watched, "POST", "/tag")):
        _approve(watched, dockerd)
    watched.reaches(1, State.INTERRUPTED)
    watched.people.press(OLGA, watched.shows("0 of 1 done, 1 not started"), "img_resume")
    _window(watched, Window.OPEN)
    assert [tag.partition("/")[0] for tag in _tags(dockerd)] == [DOMAIN]


def test_killed_when_the_name_was_gone(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """It is found done, its time to be undone begins, and undone the name is back on the same image."""
    with killed(bot, after(watched, "DELETE", "redis")):
        _approve(watched, dockerd)
    _window(watched, Window.OPEN)
    assert [step.progress for step in watched.request(1).steps] == [Progress.DONE]
    (before,) = dockerd.client.images()
    watched.people.press(DANA, watched.shows("kept the content for an undo"), "img_undo")
    _window(watched, Window.UNDONE)
    assert _tags(dockerd) == ["redis:7"]
    assert dockerd.client.images()[0]["Id"] == before["Id"]


def test_killed_in_the_middle_of_an_undo(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """The name was back and the guard not gone: the next process ends it."""
    _finished(watched, dockerd)
    with killed(bot, after(watched, "POST", "/tag")):
        watched.people.press(OLGA, watched.shows("kept the content for an undo"), "img_undo")
    _window(watched, Window.UNDONE)
    assert _tags(dockerd) == ["redis:7"]
    undo = watched.request(1).undo
    assert undo
    assert (undo.back, undo.left) == (("redis:7",), ())


def test_killed_in_the_middle_of_a_reclaim(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """The daemon did it and its answer was lost: found gone, and on record as that."""
    _finished(watched, dockerd)
    with killed(bot, after(watched, "DELETE", DOMAIN)):
        watched.people.press(OLGA, watched.shows("kept the content for an undo"), "img_reclaim")
    _window(watched, Window.RECLAIMED)
    assert dockerd.client.images() == []
    records = watched.records(1)
    assert {record.source for record in records if record.reference is None} == {"derived"}
    assert all(record.predicted for record in records)
    assert len(records) == 3
