"""The ways to remove an image, one by one, from a slash command to the record, on a real daemon.

Each asserts (``Team.remove``) that three things are equal line by line: what the plan said, what the daemon answered,
and what is on record.
"""

import pytest

from bot.images.ids import short
from bot.images.layers import total
from bot.images.removal import Certainty, Refused
from tests.daemons import RunningDaemon
from tests.endtoend.team import DANA, HOST, Team, until
from tests.plans import removal_plan
from tests.worlds import Build, build, container, load, push_and_pull


def test_removal_by_short_id(at_work: Team, dockerd: RunningDaemon) -> None:
    """The first three digits of an ID untag the name and delete image and layers, top layer first."""
    (image,) = load(dockerd.client, Build(tags=["redis:alpine"], layers=["base", "redis"]))
    finished = at_work.remove(f"/img rm {short(image)[:3]}")
    assert removal_plan(finished).steps[0].removal.target == image
    assert at_work.tap.lines()[:2] == ["Untagged: redis:alpine", f"Deleted: {image}"]
    assert len(at_work.tap.lines()) == 4
    assert dockerd.client.images() == []


def test_removal_by_full_id(at_work: Team, dockerd: RunningDaemon) -> None:
    """The full ID does the same."""
    (image,) = load(dockerd.client, Build(tags=["redis:alpine"], layers=["base"]))
    at_work.remove(f"/img rm {image}")
    assert dockerd.client.images() == []


def test_what_is_freed_is_what_was_predicted(at_work: Team, dockerd: RunningDaemon) -> None:
    """The daemon's own sum of its layers is less by what the plan said, and the message says so."""
    load(
        dockerd.client,
        Build(tags=["redis:7"], layers=["busybox", "redis"]),
        Build(tags=["nginx:1"], layers=["busybox", "nginx"]),
    )
    asked = at_work.remove("/img rm redis:7 nginx:1")
    predicted = total(step.freed for step in removal_plan(asked).steps)
    assert predicted.certainty is Certainty.EXACT
    measured = until(lambda: at_work.request(asked.id).measured)
    assert measured == predicted.bytes
    at_work.shows("Measured: ")


def test_removal_by_name_without_tag(at_work: Team, dockerd: RunningDaemon) -> None:
    """``centos`` is ``centos:latest``; as that is all the image has, it goes by its ID."""
    load(dockerd.client, Build(tags=["centos:latest"], layers=["centos"]))
    finished = at_work.remove("/img rm centos")
    assert removal_plan(finished).steps[0].removal.target == removal_plan(finished).steps[0].removal.image_id
    assert at_work.tap.lines()[0] == "Untagged: centos:latest"


def test_removal_by_name_with_tag(at_work: Team, dockerd: RunningDaemon) -> None:
    """A name with its tag; the docker command's own spelling is understood."""
    load(dockerd.client, Build(tags=["nginx:1.27"], layers=["nginx"]))
    at_work.remove("/img docker image rm nginx:1.27")
    assert dockerd.client.images() == []


def test_removal_by_digest(at_work: Team, dockerd: RunningDaemon, registry: str) -> None:
    """A digest reference goes alone: the tag stays, and so do image and layers."""
    load(dockerd.client, Build(tags=["node:slim"], layers=["node"]))
    digest = push_and_pull(dockerd.client, registry, "node:slim", "node:slim")
    at_work.remove(f"/img rm {digest}")
    assert at_work.tap.lines() == [f"Untagged: {digest}"]
    assert sorted(dockerd.client.images()[0]["RepoTags"]) == [f"{registry}/node:slim", "node:slim"]


def test_the_last_tag_takes_its_digest_along(at_work: Team, dockerd: RunningDaemon, registry: str) -> None:
    """With the last tag of a repository its digest reference is untagged too, as the seed document shows."""
    load(dockerd.client, Build(tags=["redis:alpine"], layers=["redis"]))
    digest = push_and_pull(dockerd.client, registry, "redis:alpine", "redis:alpine")
    dockerd.client.remove_image("redis:alpine")
    at_work.remove(f"/img rm {registry}/redis:alpine")
    assert at_work.tap.lines()[:2] == [f"Untagged: {registry}/redis:alpine", f"Untagged: {digest}"]
    assert dockerd.client.images() == []


def test_a_second_tag_keeps_the_image(at_work: Team, dockerd: RunningDaemon) -> None:
    """With another tag left nothing is deleted: the only record is ``Untagged``."""
    load(dockerd.client, Build(tags=["redis:7", "redis:latest"], layers=["redis"]))
    finished = at_work.remove("/img rm redis")
    assert at_work.tap.lines() == ["Untagged: redis:latest"]
    assert [holder.name for holder in removal_plan(finished).steps[0].stays[0].holders] == ["redis:7"]


def test_shared_layers_stay(at_work: Team, dockerd: RunningDaemon) -> None:
    """Layers that another image has stay; the record has those that went, with their sizes, and the plan says who."""
    load(
        dockerd.client,
        Build(tags=["redis:7"], layers=["base", "libs", "redis"]),
        Build(tags=["postgres:16"], layers=["base", "libs", "postgres"]),
    )
    finished = at_work.remove("/img rm redis:7")
    layers = [record for record in at_work.records(finished.id) if record.chain_id]
    assert len(layers) == 1
    assert layers[0].bytes == 500
    stays = removal_plan(finished).steps[0].stays[0]
    assert (stays.layers, [holder.name for holder in stays.holders]) == (2, ["postgres:16"])


@pytest.mark.parametrize("running", [True, False], ids=["running", "stopped"])
def test_a_container_blocks_the_removal(at_work: Team, dockerd: RunningDaemon, *, running: bool) -> None:
    """An image that a container uses stays, and the answer names the container; Docker's own words have its ID."""
    (image,) = load(dockerd.client, Build(tags=["redis:7"], layers=["busybox"]))
    made = container(dockerd.client, "redis:7", "cache-1", running=running)
    at_work.people.type(DANA, f"/img rm {short(image)}")
    answer = at_work.people.answer(DANA)
    word = "running" if running else "stopped"
    assert f"used by container cache-1 ({'running' if running else 'created'})" in str(answer)
    assert "img_ask" not in str(answer)
    assert at_work.tap.removals() == []
    assert f"is being used by {word} container {made[:12]}" in refusal(dockerd, short(image))


def refusal(dockerd: RunningDaemon, word: str) -> str:
    """Return the daemon's own words when it is asked to remove *word*."""
    response = dockerd.client.delete(f"{dockerd.client.base_url}/v1.41/images/{word}")
    assert response.status_code == 409
    return str(response.json()["message"])


@pytest.mark.parametrize("inner", ["ls -q redis", "docker image ls -q redis", "docker images -q redis"])
def test_a_list_is_one_batch(at_work: Team, dockerd: RunningDaemon, inner: str) -> None:
    """``rm $(ls -q redis)`` is one request, one approval and one record for every image of that name."""
    load(
        dockerd.client,
        Build(tags=["redis:6"], layers=["base", "six"]),
        Build(tags=["redis:7"], layers=["base", "seven"]),
        Build(tags=["nginx:1"], layers=["base", "nginx"]),
    )
    finished = at_work.remove(f"/img rm $({inner})")
    assert len(finished.plan.steps) == 2
    assert len(finished.approvals) == 1
    assert {record.reference for record in at_work.records(finished.id) if record.reference} == {"redis:6", "redis:7"}
    assert [image["RepoTags"] for image in dockerd.client.images()] == [["nginx:1"]]


def test_a_list_removes_an_image_of_two_tags_by_its_names(at_work: Team, dockerd: RunningDaemon) -> None:
    """Where Docker would refuse the ID because two tags name it, the tags that were listed go one by one."""
    load(dockerd.client, Build(tags=["redis:7", "redis:latest"], layers=["redis"]))
    at_work.remove("/img rm `ls -q redis`")
    assert at_work.tap.lines()[:2] == ["Untagged: redis:7", "Untagged: redis:latest"]
    assert dockerd.client.images() == []


def test_force_removes_every_name(at_work: Team, dockerd: RunningDaemon) -> None:
    """With ``-f`` an ID goes although two repositories name it."""
    (image,) = load(dockerd.client, Build(tags=["redis:7", "cache:1"], layers=["redis"]))
    at_work.remove(f"/img rm -f {short(image)}")
    assert at_work.tap.lines()[:2] == ["Untagged: cache:1", "Untagged: redis:7"]
    assert dockerd.client.images() == []


def test_force_with_a_stopped_container_keeps_its_layers(at_work: Team, dockerd: RunningDaemon) -> None:
    """The container holds the layers: image and name go, and no layer is reported."""
    (image,) = load(dockerd.client, Build(tags=["redis:7"], layers=["busybox"]))
    container(dockerd.client, "redis:7", "job-17")
    at_work.remove("/img rm --force redis:7")
    assert at_work.tap.lines() == ["Untagged: redis:7", f"Deleted: {image}"]


def test_of_several_words_one_fails_and_the_others_go_on(at_work: Team, dockerd: RunningDaemon) -> None:
    """What Docker would refuse is skipped with its reason, and never sent; the rest is removed."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]), Build(tags=["nginx:1"], layers=["nginx"]))
    finished = at_work.remove("/img rm redis:7 nope nginx:1")
    assert isinstance(finished.plan.steps[1].outcome, Refused)
    assert finished.steps[1].note == "Docker would refuse it: No such image: nope:latest"
    assert len(at_work.tap.removals()) == 2
    assert dockerd.client.images() == []


def test_parents_of_the_classic_builder_go_along(at_work: Team, dockerd: RunningDaemon) -> None:
    """Parents that nothing needs any more are deleted after the image, each with its layers."""
    load(dockerd.client, Build(tags=["base:1"], layers=["base"]))
    build(dockerd.client, "FROM base:1\nCOPY file /a\nCOPY file /b\n", "app:1")
    at_work.remove("/img rm app:1")
    assert len([line for line in at_work.tap.lines() if line.startswith("Deleted")]) == 4
    assert [image["RepoTags"] for image in dockerd.client.images(all=True)] == [["base:1"]]


def test_no_prune_keeps_the_parents(at_work: Team, dockerd: RunningDaemon) -> None:
    """With ``--no-prune`` only the image itself goes."""
    load(dockerd.client, Build(tags=["base:1"], layers=["base"]))
    build(dockerd.client, "FROM base:1\nCOPY file /a\nCOPY file /b\n", "app:1")
    at_work.remove("/img rm --no-prune app:1")
    assert len(dockerd.client.images(all=True)) == 2


def test_the_record_answers_who_removed_what(at_work: Team, dockerd: RunningDaemon) -> None:
    """``/img history`` shows name, layers, who asked and who approved."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    at_work.remove("/img rm redis:7 -m 'OPS-123 disk full'")
    at_work.people.type(DANA, "/img history redis", channel="D0DEV")
    answer = str(at_work.people.answer(DANA, "D0DEV"))
    for word in (HOST, "redis:7", "<@U0DEV>", "<@U0LEAD>", "1 layer deleted"):
        assert word in answer
