"""Images put into a daemon in milliseconds, and the containers that use them."""

import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import docker

from bot.images.inventory import ContainerState
from tests.archives import BUSYBOX, SLEEP, Build, archive, image_id, tar_of

__all__ = ["BUSYBOX", "SLEEP", "Build", "build", "build_with_buildkit", "container", "load", "pull", "push_and_pull"]

FAIL = ["/bin/busybox", "false"]
END = ["/bin/busybox", "true"]


def load(client: docker.APIClient, *builds: Build, containerd: bool = False) -> list[str]:
    """Load images from one archive that is written here, and return their IDs in a store of that kind."""
    for answer in client.load_image(archive(builds)):
        assert "error" not in answer, answer
    return [image_id(build, containerd=containerd) for build in builds]


def build(client: docker.APIClient, dockerfile: str, tag: str) -> str:
    """Build an image with the classic builder, which leaves parents; return its ID. ``file`` may be copied into it."""
    context = io.BytesIO(gzip.compress(_context(dockerfile)))
    _succeeded(client.build(fileobj=context, custom_context=True, encoding="gzip", tag=tag, rm=True, decode=True))
    return str(client.inspect_image(tag)["Id"])


def build_with_buildkit(client: docker.APIClient, dockerfile: str, tag: str) -> str:
    """Build an image with BuildKit, which leaves a cache; return its ID. The SDK has no call for it."""
    url, headers = f"{client.base_url}/v{client.api_version}/build", {"Content-Type": "application/x-tar"}
    answer = client.post(url, params={"version": "2", "t": tag}, data=io.BytesIO(_context(dockerfile)), headers=headers)
    _succeeded(json.loads(line) for line in answer.text.splitlines() if line)
    return str(client.inspect_image(tag)["Id"])


def _context(dockerfile: str) -> bytes:
    return tar_of({"Dockerfile": dockerfile.encode(), "file": b"content"})


def push_and_pull(client: docker.APIClient, registry: str, source: str, repository: str) -> str:
    """Give *source* a real digest: push it as *repository* (``name:tag``), and return ``name@digest``.

    A pull gives it the same reference; it is already there with the push.
    """
    name, _, tag = f"{registry}/{repository}".rpartition(":")
    client.tag(source, name, tag)
    _succeeded(client.push(name, tag=tag, stream=True, decode=True))
    digests = client.inspect_image(f"{name}:{tag}")["RepoDigests"]
    return str(next(digest for digest in digests if digest.startswith(f"{name}@")))


def pull(client: docker.APIClient, reference: str) -> None:
    """Pull a tag or a digest that was pushed before."""
    _succeeded(client.pull(reference, stream=True, decode=True))


def _succeeded(answers: Iterable[Mapping[str, Any]]) -> None:
    for answer in answers:
        assert "error" not in answer, answer


def container(
    client: docker.APIClient,
    image: str,
    name: str,
    *,
    running: bool = False,
    state: ContainerState = ContainerState.CREATED,
    mounts: Sequence[str] = (),
) -> str:
    """Create a container, and bring it into a state: *running*, or any of those below; return its ID.

    *mounts* are images that it mounts, as ``docker run --mount type=image`` names them (API 1.48 and later). One that
    is restarting runs for moments in between.
    """
    state = ContainerState.RUNNING if running else state
    command = {ContainerState.EXITED: END, ContainerState.RESTARTING: FAIL}.get(state, SLEEP)
    again = {"Name": "always"} if state is ContainerState.RESTARTING else None
    host = client.create_host_config(network_mode="none", restart_policy=again)
    if mounts:
        host["Mounts"] = [
            {"Type": "image", "Source": source, "Target": f"/mounted-{number}"} for number, source in enumerate(mounts)
        ]
    made = str(client.create_container(image, command, name=name, host_config=host)["Id"])
    if state is not ContainerState.CREATED:
        client.start(made)
    if state is ContainerState.PAUSED:
        client.pause(made)
    if state is ContainerState.EXITED:
        client.wait(made)
    return made
