"""A host or a rule that moves on after somebody asked: nothing runs, approvals are void, and the message says how.

On a real daemon, at three moments: between ask and click, between click and claim, and between claim and call. There
the tap moves the host while the bot is held up, before its last look and in the middle of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.approval.events import Approved, Claimed, StepBegun, StepNotDone
from bot.approval.request import Progress, Request, State
from bot.images.drift import LINES
from bot.images.removal import Refused
from bot.playground.demo import RunningWorkspace
from bot.settings import RuleTable
from tests.daemons import RunningDaemon
from tests.endtoend.tap import Call, Lost, Tap
from tests.endtoend.team import DANA, OLGA, OMAR, Said, Team, team
from tests.plans import removal_plan
from tests.worlds import Build, container, load

Move = Callable[[RunningDaemon], object]


def _tag_moved(dockerd: RunningDaemon) -> None:
    dockerd.client.tag("other:1", "redis", "7")


def _container_came(dockerd: RunningDaemon) -> None:
    container(dockerd.client, "redis:7", "job-1")


def _reference_came(dockerd: RunningDaemon) -> None:
    dockerd.client.tag("redis:7", "precious", "1")


def _reference_lost(dockerd: RunningDaemon) -> None:
    dockerd.client.remove_image("redis:also")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What moves, of an image with these names, after somebody typed *text*; and a line that tells of it.

    *docker_refuses* the call, where it is sent all the same.
    """

    move: Move
    line: str
    text: str = "/img rm redis:7"
    tags: tuple[str, ...] = ("redis:7",)
    docker_refuses: bool = False


CASES = {
    "a tag moved, which goes by ID": Case(move=_tag_moved, line="+ redis:7"),
    "a tag moved, which goes by its name": Case(move=_tag_moved, line="+ redis:7", tags=("redis:7", "redis:also")),
    "a container came": Case(move=_container_came, line="+ redis:7  stays: conflict", docker_refuses=True),
    "a container came, with force": Case(move=_container_came, line="- Deleted: sha256:", text="/img rm -f redis:7"),
    "a reference came": Case(move=_reference_came, line="- Deleted: sha256:"),
    "a reference was lost": Case(move=_reference_lost, line="+ Deleted: sha256:", tags=("redis:7", "redis:also")),
}


@dataclass(kw_only=True)
class Scene:
    """A host with what somebody asks for, and what happens to it."""

    dockerd: RunningDaemon
    team: Team
    case: Case
    moved: list[bool] = field(default_factory=list)

    def ask(self) -> Said:
        """Have Dana ask; return the message in the approvals channel."""
        load(
            self.dockerd.client,
            Build(tags=self.case.tags, layers=["busybox", "redis"]),
            Build(tags=["other:1"], layers=["busybox", "other"]),
        )
        return self.team.people.ask(DANA, self.case.text)[1]

    def move(self) -> None:
        """Let it happen, once."""
        if not self.moved:
            self.moved.append(True)
            self.case.move(self.dockerd)

    def move_before(self, path: str, when: Callable[[Request], bool]) -> None:
        """Let it happen before the daemon hears of a call of *path* (a part of it), where the request is like that."""

        def moving(_method: str, called: str) -> None:
            if not self.moved and path in called and when(self.team.request(1)):
                self.move()

        self.team.tap.before = moving

    def move_after(self, path: str, when: Callable[[Request], bool]) -> None:
        """Let it happen when the daemon has answered such a call, and the bot has no answer yet."""

        def moving(call: Call) -> None:
            if not self.moved and path in call.path and when(self.team.request(1)):
                self.move()

        self.team.tap.after = moving

    def approve(self, message: Said) -> None:
        """Have a lead approve."""
        self.team.people.press(OLGA, message, "img_approve")

    def is_void(self) -> Request:
        """Wait for the drift: nothing ran, approvals are void, few lines say how, one button asks again."""
        drifted = self.team.reaches(1, *(State(state) for state in ("drifted", "finished", "interrupted")))
        assert self.moved
        assert (drifted.state, drifted.approvals, self.team.tap.removals()) == (State.DRIFTED, (), [])
        assert drifted.closing is not None
        lines = drifted.closing.why.splitlines()
        assert 0 < len(lines) <= LINES
        assert any(line.startswith(self.case.line) for line in lines), lines
        shown = str(self.team.shows("on web-3 changed"))
        assert "Ask again with the new plan" in shown
        assert "img_approve" not in shown
        return drifted

    def happened(self) -> list[type]:
        """Return what happened to the request."""
        return [type(each.event) for each in self.team.timeline(1)]


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def scene(request: pytest.FixtureRequest, at_work: Team, dockerd: RunningDaemon) -> Scene:
    """Give a scene for each case."""
    return Scene(dockerd=dockerd, team=at_work, case=request.param)


def test_between_ask_and_click(scene: Scene) -> None:
    """The click finds another host than the plan was made of, and counts for nothing."""
    message = scene.ask()
    scene.move()
    scene.approve(message)
    scene.is_void()
    assert Approved not in scene.happened()


def test_between_click_and_claim(scene: Scene) -> None:
    """It was approved; the look for the claim finds another host, so it is never claimed."""
    message = scene.ask()
    scene.move_before("/images/json", lambda request: request.state is State.APPROVED)
    scene.approve(message)
    scene.is_void()
    assert Approved in scene.happened()
    assert Claimed not in scene.happened()


def test_between_claim_and_intent(scene: Scene) -> None:
    """What comes after the look for the claim is told before the first step, and the plan is made anew."""
    message = scene.ask()
    scene.move_after("type=image", lambda request: request.state is State.APPROVED)
    scene.approve(message)
    scene.is_void()
    assert Claimed in scene.happened()
    assert StepBegun not in scene.happened()


def test_between_intent_and_the_last_look(scene: Scene) -> None:
    """It happens after the look before the first step: the look before the call finds out, and nothing is sent.

    But for a container that Docker itself lets be in the way: then it is Docker that refuses.
    """
    message = scene.ask()
    scene.move_after("/events", lambda request: request.state is State.REMOVING)
    scene.approve(message)
    if scene.case.docker_refuses:
        refused = scene.team.reaches(1, State.FINISHED)
        assert isinstance(refused.steps[0].outcome, Refused)
        assert scene.team.tap.lines() == []
        assert "Ask again" in str(scene.team.shows("is being used by stopped container"))
        return
    scene.is_void()
    assert {StepBegun, StepNotDone} < set(scene.happened())


def test_a_name_that_moves_between_the_two_last_looks(at_work: Team, dockerd: RunningDaemon) -> None:
    """After the daemon told what happened the name is given away: it is read after that, and the step is not sent."""
    scene = Scene(dockerd=dockerd, team=at_work, case=CASES["a tag moved, which goes by its name"])
    message = scene.ask()
    scene.move_before("/images/redis:7/json", lambda request: request.steps[0].progress is Progress.BEGUN)
    scene.approve(message)
    scene.is_void()


def test_a_name_that_moves_after_the_last_look_is_given_back(at_work: Team, dockerd: RunningDaemon) -> None:
    """It goes from an image that nobody approved: that is found in the events, told, on record, and undone."""
    scene = Scene(dockerd=dockerd, team=at_work, case=CASES["a tag moved, which goes by its name"])
    message = scene.ask()
    other = dockerd.client.inspect_image("other:1")["Id"]
    at_work.tap.before_removal = scene.move
    scene.approve(message)
    request = at_work.reaches(1, State.FINISHED)
    assert at_work.tap.lines() == ["Untagged: redis:7"]
    assert [(record.reference, record.image_id) for record in at_work.records(1)] == [("redis:7", other)]
    assert "I gave it back." in request.steps[0].note
    assert "not as planned" in str(at_work.shows("I gave it back."))
    assert dockerd.client.inspect_image("redis:7")["Id"] == other


def test_an_image_whose_name_moves_after_the_last_look_goes_alone(at_work: Team, dockerd: RunningDaemon) -> None:
    """By its ID the image that was approved goes; the name is another's by then, and stays there."""
    scene = Scene(dockerd=dockerd, team=at_work, case=CASES["a tag moved, which goes by ID"])
    message = scene.ask()
    other = dockerd.client.inspect_image("other:1")["Id"]
    at_work.tap.before_removal = scene.move
    scene.approve(message)
    request = at_work.reaches(1, State.FINISHED)
    assert [line for line in at_work.tap.lines() if line.startswith("Untagged")] == []
    at_work.shows("not as planned")
    assert {image["Id"]: sorted(image["RepoTags"]) for image in dockerd.client.images()} == {
        other: ["other:1", "redis:7"]
    }
    assert removal_plan(request).steps[0].removal.image_id not in {image["Id"] for image in dockerd.client.images()}


@pytest.mark.parametrize("case", [CASES["a container came"], CASES["a reference came"]], ids=["container", "reference"])
def test_what_comes_after_the_last_look_is_in_dockers_way(at_work: Team, dockerd: RunningDaemon, case: Case) -> None:
    """By ID and unforced Docker refuses by itself what the plan did not have."""
    scene = Scene(dockerd=dockerd, team=at_work, case=case)
    message = scene.ask()
    at_work.tap.before_removal = scene.move
    scene.approve(message)
    request = at_work.reaches(1, State.FINISHED)
    assert isinstance(request.steps[0].outcome, Refused)
    assert at_work.tap.lines() == []
    assert dockerd.client.inspect_image("redis:7")["Id"] == removal_plan(request).steps[0].removal.image_id


STRICTER = RuleTable(name="two of us", approvals=2, approvers=(OLGA, OMAR))


def test_a_rule_that_changed_between_ask_and_click(
    place: RunningWorkspace, tapped: Tap, dockerd: RunningDaemon, tmp_path: Path
) -> None:
    """The bot is started with a stricter rule: the old request cannot be approved by the old one."""
    with team(place, tapped, tmp_path / "docker.sock", tmp_path) as before:
        load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
        _, message = before.people.ask(DANA, "/img rm redis:7")
    with team(place, tapped, tmp_path / "docker.sock", tmp_path, rules=(STRICTER,)) as after:
        after.people.press(OLGA, message, "img_approve")
        _is_void_by_rule(after)


def test_a_rule_that_changed_between_click_and_claim(
    place: RunningWorkspace, tapped: Tap, dockerd: RunningDaemon, tmp_path: Path
) -> None:
    """Approved while the host is silent, and claimed under a stricter rule: it is not."""

    def silent_once_approved(_method: str, _path: str) -> None:
        if before.request(1).state is State.APPROVED:
            raise Lost

    with team(place, tapped, tmp_path / "docker.sock", tmp_path) as before:
        load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
        _, message = before.people.ask(DANA, "/img rm redis:7")
        tapped.before = silent_once_approved
        before.people.press(OLGA, message, "img_approve")
        before.reaches(1, State.APPROVED)
    tapped.before = lambda _method, _path: None
    with team(place, tapped, tmp_path / "docker.sock", tmp_path, rules=(STRICTER,)) as after:
        _is_void_by_rule(after)


def _is_void_by_rule(after: Team) -> None:
    drifted = after.reaches(1, State.DRIFTED, State.FINISHED)
    assert (drifted.state, drifted.approvals, after.tap.removals()) == (State.DRIFTED, (), [])
    assert drifted.closing is not None
    assert "two of us" in drifted.closing.why
    assert len(drifted.closing.why.splitlines()) <= LINES
    assert "Ask again with the new plan" in str(after.shows("on web-3 changed"))
