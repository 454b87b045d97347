"""Answers that real daemons gave, replayed: Docker 20.10.24 and 28.5.2 with the classic store, 28.5.2 with the other.

The files in ``transcripts/`` hold, for each scenario, the images before it, the words, the answers and the references
afterwards, as the daemons told them. Two things they did not tell. The layers of each image: they are taken from the
daemon's own ``Deleted:`` lines, so what is proved of layers is that they are told in this order after this image, once,
by the last that has them; how chain IDs follow from diff IDs is tested elsewhere. And the containers: their states are
what the scenario had set up, their IDs those in the conflict messages.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest

from bot.images.ids import ChainId, ContainerId, ImageId
from bot.images.inventory import Container, ContainerState, Image, Inventory, Store
from bot.images.predict import printed
from bot.images.removal import Refusal, Refused, Removed, line
from bot.images.resolve import resolve
from bot.images.stores import remove
from bot.images.world import World
from tests.images.making import held, planned, reference

STATUS = {Refusal.INVALID: 400, Refusal.NOT_FOUND: 404, Refusal.CONFLICT: 409}
ANSWERS = {
    Store.CLASSIC: {200: 75, 404: 22, 409: 19, 400: 23},
    Store.CONTAINERD: {200: 75, 404: 23, 409: 16, 400: 23},
}
RECORDINGS = ("20.10-classic", "28.5-classic", "28.5-containerd")


class ToldImage(TypedDict):
    """An image as it is in the file. The containerd store tells no layers, and holds the nameless as dangling."""

    id: str
    parent: str
    references: list[str]
    layers: NotRequired[list[str]]


class ToldContainer(TypedDict):
    """A container as it is in the file."""

    id: str
    image: str
    state: str


class Printed(TypedDict):
    """What the command line printed."""

    stdout: list[str]
    stderr: list[str]
    exit_code: int


class Call(TypedDict, total=False):
    """One command of several words: the API's answers to each, or what the command line printed."""

    words: list[str]
    force: bool
    prune: bool
    answers: list[dict[str, object]]
    printed: Printed
    after: dict[str, list[str]]


class Scenario(TypedDict):
    """Commands one after the other, from one beginning."""

    scenario: str
    images: list[ToldImage]
    containers: list[ToldContainer]
    steps: list[Call]


def recorded(recording: str) -> list[Scenario]:
    """Return the scenarios of a Docker version with one of the stores."""
    path = Path(__file__).parent / "transcripts" / f"docker-{recording}.json"
    scenarios: list[Scenario] = json.loads(path.read_text(encoding="utf-8"))
    return scenarios


def beginning(scenario: Scenario, recording: str) -> Inventory:
    """Return the inventory before the first call."""
    version, _, store = recording.partition("-")
    images = (
        Image(
            id=ImageId(image["id"]),
            parent=ImageId(image["parent"]) if image["parent"] else None,
            references=tuple(map(reference, image["references"])),
            layers=tuple(map(ChainId, image.get("layers", []))),
            dangling_record=store == Store.CONTAINERD and not image["references"],
        )
        for image in scenario["images"]
    )
    containers = [
        Container(
            id=ContainerId(told["id"]), name="", image_id=ImageId(told["image"]), state=ContainerState(told["state"])
        )
        for told in scenario["containers"]
    ]
    return held(*images, containers=containers, version=version, store=Store(store))


def answered(outcome: Removed | Refused) -> dict[str, object]:
    """Return an outcome as the API tells it."""
    match outcome:
        case Removed(records=records):
            return {"status": 200, "lines": [line(record) for record in records]}
        case Refused(refusal=refusal, message=message):
            return {"status": STATUS[refusal], "message": message}


def each(*, by_api: bool) -> list[object]:
    """Return the scenarios of every version that were recorded from the API, or from the command line."""
    return [
        pytest.param(recording, scenario, id=f"{recording} {scenario['scenario']}")
        for recording in RECORDINGS
        for scenario in recorded(recording)
        if ("answers" in scenario["steps"][0]) is by_api
    ]


@pytest.mark.parametrize(("recording", "scenario"), each(by_api=True))
def test_the_prediction_is_what_the_daemon_answered(recording: str, scenario: Scenario) -> None:
    """Status, message, records and their order are the same, and after each call so are images and references."""
    world = World(beginning(scenario, recording))
    for call in scenario["steps"]:
        outcomes = [
            remove(world, word, resolve(world, word), force=call["force"], prune=call["prune"])
            for word in call["words"]
        ]
        assert [answered(outcome) for outcome in outcomes] == call["answers"]
        left = {image_id: sorted(r.familiar for r in world.references[image_id]) for image_id in world.images}
        assert left == {image_id: sorted(names) for image_id, names in call["after"].items()}


@pytest.mark.parametrize(("recording", "scenario"), each(by_api=False))
def test_the_plan_prints_what_the_command_line_printed(recording: str, scenario: Scenario) -> None:
    """Lines, errors and exit code are those of ``docker image rm``, call after call."""
    inventory = beginning(scenario, recording)
    for call in scenario["steps"]:
        told = printed(planned(inventory, *call["words"], force=call["force"], prune=call["prune"]))
        assert list(told.stdout) == call["printed"]["stdout"]
        assert list(told.stderr) == call["printed"]["stderr"]
        assert told.exit_code == call["printed"]["exit_code"]
        inventory = as_told(inventory, call["after"])


def as_told(inventory: Inventory, after: dict[str, list[str]]) -> Inventory:
    """Return the inventory with the images and references that a call left."""
    images = {
        ImageId(image_id): replace(inventory.images[ImageId(image_id)], references=tuple(map(reference, names)))
        for image_id, names in after.items()
    }
    return replace(inventory, images=images)


@pytest.mark.parametrize("recording", RECORDINGS)
def test_every_kind_of_answer_was_recorded(recording: str) -> None:
    """The files are not thinned out by accident: so many answers of each status from each daemon."""
    store = Store(recording.partition("-")[2])
    answers = [a for scenario in recorded(recording) for call in scenario["steps"] for a in call.get("answers", [])]
    statuses = [answer["status"] for answer in answers]
    assert {status: statuses.count(status) for status in (200, 404, 409, 400)} == ANSWERS[store]
