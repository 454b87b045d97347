"""Images of any layer graph as archives that ``docker load`` reads on either store, and the IDs that they will have.

An archive can be read in two ways, as those that ``docker save`` writes since version 25: the classic store takes what
``manifest.json`` names, the containerd store what ``index.json`` does.
"""

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path

from bot.images.reference import Reference, parse

BUSYBOX = "busybox"
"""The layer with Debian's busybox-static, the only program in any of our images."""
SLEEP = ["/bin/busybox", "sleep", "600"]

_OCI = "application/vnd.oci.image"
_MARK = "0" * 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """An image to load: its tags, and its layers, base first. The same word is the same layer in every image.

    ``labels`` make images differ that have the same layers. With *platforms* the containerd store gets an index of two
    manifests, the other for arm64; the classic one knows no such thing. ``salt`` is only there to change the ID.
    """

    tags: Sequence[str]
    layers: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str = "2026-01-01T00:00:00Z"
    platforms: bool = False
    salt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blob:
    """A file of an archive that goes by the digest of its content."""

    content: bytes
    digest: str
    kind: str = ""

    @property
    def path(self) -> str:
        return f"blobs/sha256/{self.digest}"

    @property
    def descriptor(self) -> dict[str, object]:
        return {"mediaType": f"{_OCI}.{self.kind}", "digest": f"sha256:{self.digest}", "size": len(self.content)}


def _blob(content: bytes, kind: str) -> _Blob:
    return _Blob(content=content, digest=hashlib.sha256(content).hexdigest(), kind=kind)


def _json(value: object, kind: str) -> _Blob:
    return _blob(json.dumps(value).encode(), kind)


def image_id(build: Build, *, containerd: bool = False) -> str:
    """Return the ID that a store will give an image: the digest of its config, or of its manifest or index."""
    return f"sha256:{(_target(build)[0] if containerd else _config(build)).digest}"


def beginning(build: Build, digits: str, *, containerd: bool = False) -> Build:
    """Return the image salted so that its ID begins with these hexadecimal digits. Four take a tenth of a second."""
    marked = replace(build, salt=_MARK)
    config = _config(marked)
    above = _manifest(marked).content.split(config.digest.encode()) if containerd else []
    before, _, after = config.content.partition(_MARK.encode())
    start = hashlib.sha256(before)
    for number in count():
        salt = f"{number:016}"
        config_hash = start.copy()
        config_hash.update(salt.encode() + after)
        found = config_hash.hexdigest()
        if containerd:
            found = hashlib.sha256(above[0] + found.encode() + above[1]).hexdigest()
        if found.startswith(digits):
            salted = replace(build, salt=salt)
            assert image_id(salted, containerd=containerd) == f"sha256:{found}"
            return salted
    raise AssertionError("unreachable")


def archive(builds: Iterable[Build]) -> bytes:
    """Return what ``docker save`` would have written of these images."""
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
    manifest, index = [], []
    for build in builds:
        config, layers = _config(build), [layer(name) for name in build.layers]
        target, below = _target(build)
        files |= {blob.path: blob.content for blob in (config, *layers, target, *below)}
        paths = [blob.path for blob in layers]
        manifest.append({"Config": config.path, "RepoTags": list(build.tags) or None, "Layers": paths})
        index += [{**target.descriptor, "annotations": _named(tag)} for tag in build.tags] or [target.descriptor]
    return tar_of(
        {
            **files,
            "manifest.json": json.dumps(manifest).encode(),
            "index.json": json.dumps({"schemaVersion": 2, "manifests": index}).encode(),
        }
    )


def _named(tag: str) -> Mapping[str, str]:
    reference = parse(tag)
    assert isinstance(reference, Reference), tag
    return {"io.containerd.image.name": reference.canonical, "org.opencontainers.image.ref.name": reference.tag or ""}


def _target(build: Build) -> tuple[_Blob, list[_Blob]]:
    """Return what the containerd store calls the image, and what else belongs to it besides config and layers."""
    native = _manifest(build)
    if not build.platforms:
        return native, []
    other = replace(build, layers=[f"{name}-arm64" for name in build.layers], platforms=False)
    foreign = _manifest(other, "arm64")
    manifests = [
        {**manifest.descriptor, "platform": {"os": "linux", "architecture": architecture}}
        for manifest, architecture in ((native, "amd64"), (foreign, "arm64"))
    ]
    index = _json({"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json", "manifests": manifests}, "index.v1+json")
    return index, [native, foreign, _config(other, "arm64"), *map(layer, other.layers)]


def _manifest(build: Build, architecture: str = "amd64") -> _Blob:
    value = {
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": _config(build, architecture).descriptor,
        "layers": [layer(name).descriptor for name in build.layers],
    }
    return _json(value, "manifest.v1+json")


def _config(build: Build, architecture: str = "amd64") -> _Blob:
    made = [{"created": build.created, "created_by": f"COPY {name} /"} for name in build.layers]
    salt = {"salt": build.salt} if build.salt else {}
    value = {
        "architecture": architecture,
        "os": "linux",
        "created": build.created,
        "config": {"Cmd": SLEEP, "Labels": {**build.labels, **salt}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer(name).digest}" for name in build.layers]},
        "history": [*made, {"created": build.created, "created_by": f"CMD {SLEEP}", "empty_layer": True}],
    }
    return _json(value, "config.v1+json")


@cache
def layer(name: str) -> _Blob:
    """Return a layer with one file. Sizes differ with the names, so that they can be told apart."""
    if name == BUSYBOX:
        return _blob(tar_of({"bin/busybox": busybox().read_bytes()}, mode=0o755), "layer.v1.tar")
    return _blob(tar_of({f"layer-{name}": (name * 100).encode()}), "layer.v1.tar")


def busybox() -> Path:
    """Return where Debian's busybox-static is."""
    found = shutil.which("busybox")
    assert found, "busybox-static is not installed"
    return Path(found)


def tar_of(files: Mapping[str, bytes], mode: int = 0o644) -> bytes:
    """Return a tar of these files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), mode
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()
