"""Images of any layer graph, put into a daemon in milliseconds; and the containers that use them."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import docker

BUSYBOX = "busybox"
"""Debian's busybox-static: the only program in any of our images."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """An image to load: its tags, and its layers, base first. The same word is the same layer in every image."""

    tags: Sequence[str]
    layers: Sequence[str]
    labels: dict[str, str] = field(default_factory=dict)
    created: str = "2026-01-01T00:00:00Z"


def load(client: docker.APIClient, *builds: Build) -> list[str]:
    """Load images from an archive that is written here, and return their IDs (as the classic store has them)."""
    archive = io.BytesIO()
    manifest, ids, written = [], [], set[str]()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for build in builds:
            layers = [_layer(name) for name in build.layers]
            config = _config(build, [hashlib.sha256(layer).hexdigest() for layer in layers])
            identifier = hashlib.sha256(config).hexdigest()
            ids.append(f"sha256:{identifier}")
            paths = [f"{hashlib.sha256(layer).hexdigest()}/layer.tar" for layer in layers]
            for path, layer in [*zip(paths, layers, strict=True), (f"{identifier}.json", config)]:
                if path not in written:
                    written.add(path)
                    _add(tar, path, layer)
            manifest.append({"Config": f"{identifier}.json", "RepoTags": list(build.tags) or None, "Layers": paths})
        _add(tar, "manifest.json", json.dumps(manifest).encode())
    for line in client.load_image(archive.getvalue()):
        assert "error" not in line, line
    return ids


def _layer(name: str) -> bytes:
    """Return a layer with one file; the layer called "busybox" can be run."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        if name == BUSYBOX:
            found = shutil.which("busybox")
            assert found, "busybox-static is not installed"
            info = tarfile.TarInfo("bin/busybox")
            with open(found, "rb") as program:  # noqa: PTH123 -- tarfile wants an open file
                info.size, info.mode = program.seek(0, 2), 0o755
                program.seek(0)
                tar.addfile(info, program)
        else:
            _add(tar, f"layer-{name}", (name * 100).encode())
    return content.getvalue()


def _config(build: Build, diffs: Sequence[str]) -> bytes:
    return json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": build.created,
            "config": {"Cmd": ["/bin/busybox", "sleep", "600"], "Labels": build.labels},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff}" for diff in diffs]},
            "history": [{"created": build.created, "created_by": "test"} for _ in diffs],
        }
    ).encode()


def _add(tar: tarfile.TarFile, path: str, content: bytes) -> None:
    info = tarfile.TarInfo(path)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def build(client: docker.APIClient, dockerfile: str, tag: str) -> str:
    """Build an image with the classic builder, which leaves parents; return its ID."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        _add(tar, "Dockerfile", dockerfile.encode())
        _add(tar, "file", b"content")
    lines = list(
        client.build(
            fileobj=io.BytesIO(gzip.compress(context.getvalue())),
            custom_context=True,
            encoding="gzip",
            tag=tag,
            rm=True,
            decode=True,
        )
    )
    assert not any("error" in line for line in lines), lines
    return str(client.inspect_image(tag)["Id"])


def push_and_pull(client: docker.APIClient, registry: str, source: str, repository: str) -> str:
    """Give *source* a real digest: push it as *repository* (``name:tag``), pull it back, and return ``name@digest``."""
    name = f"{registry}/{repository}"
    repository_name, _, tag = name.rpartition(":")
    client.tag(source, repository_name, tag)
    for line in client.push(name, stream=True, decode=True):
        assert "error" not in line, line
    digests = client.inspect_image(name)["RepoDigests"]
    return str(next(digest for digest in digests if digest.startswith(repository_name + "@")))


def container(client: docker.APIClient, image: str, name: str, *, running: bool = False) -> str:
    """Create a container, and start it where it shall be *running*; return its ID."""
    host = client.create_host_config(network_mode="none")
    made = client.create_container(image, ["/bin/busybox", "sleep", "600"], name=name, host_config=host)
    if running:
        client.start(made["Id"])
    return str(made["Id"])
