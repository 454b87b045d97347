"""Images of any layer graph, put into a daemon in milliseconds; and the containers that use them."""

import gzip
import hashlib
import io
import json
import re
import shutil
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import docker
from docker.errors import ImageNotFound

BUSYBOX = "busybox"
"""The layer with Debian's busybox-static, the only program in any of our images."""
SLEEP = ["/bin/busybox", "sleep", "600"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """An image to load: its tags, and its layers, base first. The same word is the same layer in every image.

    ``labels`` make images differ that have the same layers.
    """

    tags: Sequence[str]
    layers: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blob:
    content: bytes
    digest: str

    @property
    def path(self) -> str:
        return f"{self.digest}/layer.tar"


def _blob(content: bytes) -> _Blob:
    return _Blob(content=content, digest=hashlib.sha256(content).hexdigest())


def image_id(build: Build) -> str:
    """Return the ID that a classic store will give an image."""
    return f"sha256:{_config(build).digest}"


def load(client: docker.APIClient, *builds: Build) -> list[str]:
    """Load images from an archive that is written here, and return their IDs."""
    said = ""
    for answer in client.load_image(_archive(builds)):
        assert "error" not in answer, answer
        said += answer.get("stream", "")
    return [_loaded(client, build, said) for build in builds]


def _loaded(client: docker.APIClient, build: Build, said: str) -> str:
    """Return the ID that an image was given: the containerd store takes its manifest's, and tells it or a tag."""
    try:
        return str(client.inspect_image(image_id(build))["Id"])
    except ImageNotFound:
        told = re.findall(r"Loaded image ID: (\S+)", said)
        return str(client.inspect_image(build.tags[0] if build.tags else told[0])["Id"])


def _archive(builds: Iterable[Build]) -> bytes:
    """Return what ``docker save`` would have written of these images."""
    files: dict[str, bytes] = {}
    manifest = []
    for build in builds:
        config = _config(build)
        layers = [_layer(name) for name in build.layers]
        files |= {layer.path: layer.content for layer in layers} | {f"{config.digest}.json": config.content}
        paths = [layer.path for layer in layers]
        manifest.append({"Config": f"{config.digest}.json", "RepoTags": list(build.tags) or None, "Layers": paths})
    return _tar({**files, "manifest.json": json.dumps(manifest).encode()})


@cache
def _layer(name: str) -> _Blob:
    """Return a layer with one file. Sizes differ with the names, so that they can be told apart."""
    if name == BUSYBOX:
        return _blob(_tar({"bin/busybox": busybox().read_bytes()}, mode=0o755))
    return _blob(_tar({f"layer-{name}": (name * 100).encode()}))


def busybox() -> Path:
    """Return where Debian's busybox-static is."""
    found = shutil.which("busybox")
    assert found, "busybox-static is not installed"
    return Path(found)


def _config(build: Build) -> _Blob:
    made = [{"created": build.created, "created_by": f"COPY {name} /"} for name in build.layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "created": build.created,
        "config": {"Cmd": SLEEP, "Labels": dict(build.labels)},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_layer(name).digest}" for name in build.layers]},
        "history": [*made, {"created": build.created, "created_by": f"CMD {SLEEP}", "empty_layer": True}],
    }
    return _blob(json.dumps(config).encode())


def _tar(files: Mapping[str, bytes], mode: int = 0o644) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), mode
            tar.addfile(info, io.BytesIO(content))
    return archive.getvalue()


def build(client: docker.APIClient, dockerfile: str, tag: str) -> str:
    """Build an image with the classic builder, which leaves parents; return its ID. ``file`` may be copied into it."""
    context = gzip.compress(_tar({"Dockerfile": dockerfile.encode(), "file": b"content"}))
    answers = client.build(
        fileobj=io.BytesIO(context), custom_context=True, encoding="gzip", tag=tag, rm=True, decode=True
    )
    _succeeded(answers)
    return str(client.inspect_image(tag)["Id"])


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


def container(client: docker.APIClient, image: str, name: str, *, running: bool = False) -> str:
    """Create a container, and start it where it shall be *running*; return its ID."""
    host = client.create_host_config(network_mode="none")
    made = client.create_container(image, SLEEP, name=name, host_config=host)
    if running:
        client.start(made["Id"])
    return str(made["Id"])
