"""Groups that change while the bot is at work: the event arrives, the right follows, and everybody is told."""

from collections.abc import Iterator

import pytest

from bot.demo import demo
from tests.endtoend.team import APPROVALS, DANA, OLGA, SAM, People, Said, until
from tests.playground.driving import Driver

GROUP = "S0OPSLEADS"
LEADS = ["U0LEAD", "U0LEAD2"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Run the demo, with its simulated daemon."""
    with demo(0, "simulated") as url:
        yield url


@pytest.fixture
def play(address: str) -> Iterator[Driver]:
    """Give the workspace, and put the group back afterwards."""
    play = Driver(address)
    until(lambda: play.messages(OLGA, "C0AUDIT"))  # the group was read for the first time
    yield play
    _regroup(play, LEADS)


@pytest.fixture(scope="module")
def pending(address: str) -> Said:
    """Let Dana ask once, and give the message with the buttons."""
    return People(address).ask(DANA, "/img rm node:slim")[1]


def _regroup(play: Driver, members: list[str]) -> None:
    """Change the group, and wait until the audit channel was told: from then on it counts."""
    before = len(play.messages(OLGA, "C0AUDIT"))
    if play.do("group", group=GROUP, members=members)["outcome"] == "acknowledged":
        until(lambda: len(play.messages(OLGA, "C0AUDIT")) > before)


def _answer(people: People, user: str, message: Said) -> str:
    before = len([said for said in people.messages(user, APPROVALS) if said.get("only_for") == user])
    people.press(user, message, "img_approve")
    return str(people.answer(user, APPROVALS, after=before)["text"])


def test_an_added_person_is_announced_and_may_decide(address: str, play: Driver) -> None:
    """Sam is told that he may not, is added, and then his click counts."""
    people = People(address)
    _, message = people.ask(DANA, "/img rm redis:7.2")
    assert "not one of the people who may decide" in _answer(people, SAM, message)
    _regroup(play, [*LEADS, SAM])
    told = play.messages(OLGA, "C0AUDIT")[-1]["text"]
    assert told == f"Added to <!subteam^{GROUP}> in Slack: <@{SAM}>. They may decide at once."
    people.press(SAM, message, "img_approve")
    until(lambda: "Finished" in str(people.messages(OLGA, APPROVALS)))


def test_a_removed_person_may_not_decide_any_more(address: str, play: Driver) -> None:
    """Olga decided a moment ago; the answer from then does not count after the event."""
    people = People(address)
    _, message = people.ask(DANA, "/img rm nginx")
    _regroup(play, ["U0LEAD2"])
    assert "not one of the people who may decide" in _answer(people, OLGA, message)


def test_a_leads_name_is_no_right(address: str, play: Driver) -> None:
    """Sam takes Olga's name, and is still Sam."""
    people = People(address)
    play.do("rename", user=SAM, name="Olga")
    _, message = people.ask(DANA, "/img rm centos")
    assert "not one of the people who may decide" in _answer(people, SAM, message)


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0GUEST", "Guests cannot use me"),
        ("U0GUEST1", "Guests cannot use me"),
        ("U0INVITED", "Guests cannot use me"),
        ("U0LEFT", "deactivated"),
        ("U0OTHER", "Only members of this workspace"),
        ("U0STRANGER", "Only members of this workspace"),
    ],
)
def test_a_place_in_the_group_makes_nobody_a_member(pending: Said, play: Driver, user: str, why: str) -> None:
    """Each kind of person who may not use the bot is in the group, clicks, is told why not, and nothing happens."""
    _regroup(play, [*LEADS, user])
    assert why in _answer(People(play.url), user, pending)
    assert "img_approve" in str(play.messages(OLGA, APPROVALS)[-1])
