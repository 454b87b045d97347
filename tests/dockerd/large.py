"""Images with layers of millions of bytes, for measuring what a removal gives back."""

import hashlib
import io
import json
import random
import tarfile
from collections.abc import Sequence

import docker

MILLION = 1_000_000


def layer(seed: int, size: int, *, dense: bool = True) -> bytes:
    """Return a layer with one file of *size* bytes; what is not *dense* can be compressed to almost nothing."""
    content = random.Random(seed).randbytes(size) if dense else bytes([seed]) * size  # noqa: S311 -- filling
    return _tar({f"file-{seed}": content})


def load_large(client: docker.APIClient, tag: str, layers: Sequence[bytes]) -> None:
    """Load an image with these layers, base first; its history has a step without a layer between them, too."""
    digests = [hashlib.sha256(content).hexdigest() for content in layers]
    steps = [{"created_by": f"COPY {digest[:12]} /"} for digest in digests]
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
            "history": [steps[0], {"created_by": "ENV a=b", "empty_layer": True}, *steps[1:]],
        }
    ).encode()
    manifest = [{"Config": "config.json", "RepoTags": [tag], "Layers": [f"{digest}.tar" for digest in digests]}]
    files = {f"{digest}.tar": content for digest, content in zip(digests, layers, strict=True)}
    archive = _tar({**files, "config.json": config, "manifest.json": json.dumps(manifest).encode()})
    for answer in client.load_image(archive):
        assert "error" not in answer, answer


def _tar(files: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return archive.getvalue()
