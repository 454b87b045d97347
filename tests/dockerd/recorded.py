"""Answers of real daemons, cut to the fields that count: Docker 20.10.24 and 28.5.2."""

from typing import Any

Json = dict[str, Any]


def digest(letter: str) -> str:
    """Return an ID or a digest that is easy to tell apart."""
    return f"sha256:{letter * 64}"


DANGLING_20 = {
    "Containers": -1,
    "Created": 1767225600,
    "Id": digest("1"),
    "Labels": None,
    "ParentId": "",
    "RepoDigests": ["<none>@<none>"],
    "RepoTags": ["<none>:<none>"],
    "SharedSize": -1,
    "Size": 200,
    "VirtualSize": 200,
}
"""20.10: an image without any name."""
TAGGED_20 = {**DANGLING_20, "RepoDigests": None, "RepoTags": ["redis:7", "redis:latest"], "Labels": {"team": "cache"}}
"""20.10: an image with tags and no digest."""
DIGEST_ONLY_20 = {**DANGLING_20, "RepoDigests": [f"127.0.0.1:5011/t/al@{digest('d')}"], "RepoTags": None}
"""20.10: an image that was pulled by its digest."""
TAG_LOST_20 = {**DANGLING_20, "RepoDigests": [f"t/al@{digest('d')}"], "RepoTags": ["t/al:<none>"]}
"""Before 20.10, and through proxies: a repository whose tag moved on."""
DANGLING_28 = {**DANGLING_20, "Labels": {}, "RepoDigests": [], "RepoTags": [], "ParentId": digest("2")}
"""28.5: an image without any name, built on another."""
CONTAINERD_28 = {
    "Id": digest("d"),
    "ParentId": "",
    "Descriptor": {"digest": digest("d"), "mediaType": "application/vnd.oci.image.index.v1+json", "size": 1},
    "RepoDigests": [f"alpha@{digest('d')}"],
    "RepoTags": ["alpha:1", f"127.0.0.1:5011/t/al@{digest('d')}"],
    "Created": 1767225600,
    "Size": 200,
    "Containers": 0,
    "Labels": None,
}
"""28.5, containerd store: a digest that it holds is among the tags, and the one in RepoDigests is made up."""

RUNNING_20 = {
    "Id": "c" * 64,
    "Names": ["/shop-web"],
    "Image": "busy:1",
    "ImageID": digest("1"),
    "Command": "/bin/busybox sleep 600",
    "Created": 1795489748,
    "Labels": {},
    "State": "running",
    "Status": "Up Less than a second",
    "Mounts": [],
}

MOUNTING_28: Json = {
    **RUNNING_20,
    "Mounts": [
        {"Type": "bind", "Source": "/srv", "Destination": "/srv", "Mode": "", "RW": True, "Propagation": "rprivate"},
        {
            "Type": "image",
            "Name": "tools:1",
            "Source": "/var/lib/docker/overlay2/f8a8c68be27a/merged",
            "Destination": "/tools",
            "Mode": "",
            "RW": False,
            "Propagation": "rprivate",
        },
    ],
}
"""28.5: a container that has an image mounted beside a folder."""

SYSTEM_TIME = "2026-11-24T05:48:13.25+01:00"
"""A daemon's clock; Go leaves zeros at the end out."""
INFO_CLASSIC = {
    "ID": "A",
    "SystemTime": SYSTEM_TIME,
    "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"]],
}
INFO_CONTAINERD = {
    "ID": "A",
    "SystemTime": SYSTEM_TIME,
    "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]],
}
INFO_PODMAN = {"ID": "A", "BuildahVersion": "1.43.2", "DriverStatus": [], "ServerVersion": "5.8.6", "Driver": "vfs"}
INFO_VFS = {"ID": "A", "DriverStatus": None}

PRUNED_28: list[Json] = [
    {"Untagged": "par:1"},
    {"Deleted": digest("1")},
    {"Deleted": digest("2")},
    {"Deleted": digest("c")},
    {"Deleted": digest("3")},
    {"Deleted": digest("4")},
    {"Deleted": digest("b")},
]
"""28.5: an image built in three steps goes with its parents 2, 3 and 4, of which each second one made a layer."""
PRUNED_LAYERS = {
    digest("1"): (digest("b"), digest("c")),
    digest("2"): (digest("b"), digest("c")),
    digest("3"): (digest("b"),),
    digest("4"): (digest("b"),),
}
"""The layers of those images, base first."""

HISTORY_CLASSIC: list[Json] = [
    {"CreatedBy": "/bin/sh -c #(nop)  ENV a=b", "Size": 0},
    {"CreatedBy": "/bin/sh -c #(nop) WORKDIR /x", "Size": 0},
    {"CreatedBy": "/bin/sh -c #(nop) COPY file:06fe3e7c21d7 in /file ", "Size": 7},
    {"CreatedBy": "/bin/sh -c #(nop)  LABEL a=b", "Size": 0},
    {"CreatedBy": "CMD ['/bin/busybox', 'sleep', '600']", "Size": 0},
    {"CreatedBy": "COPY e /", "Size": 90},
    {"CreatedBy": "COPY a /", "Size": 100},
]
"""20.10, classic builder: four layers, of which WORKDIR's is empty."""
HISTORY_BUILDKIT: list[Json] = [
    {"CreatedBy": 'CMD ["nginx" "-g" "daemon off;"]', "Size": 0},
    {"CreatedBy": "COPY . . # buildkit", "Size": 12},
    {"CreatedBy": "WORKDIR /app", "Size": 0},
    {"CreatedBy": "RUN /bin/sh -c apk add curl # buildkit", "Size": 30},
    {"CreatedBy": "ARG VERSION", "Size": 0},
    {"CreatedBy": "/bin/sh -c #(nop) ADD file:5d673d25da3a14ce1f6cf in / ", "Size": 50},
]
"""28.5, BuildKit on an older base."""
HISTORY_CONTAINERD: list[Json] = [
    {"CreatedBy": "CMD x", "Size": 0},
    {"CreatedBy": "COPY 3 /", "Size": 1007616},
    {"CreatedBy": "WORKDIR /x", "Size": 4096},
    {"CreatedBy": "COPY 2 /", "Size": 2007040},
    {"CreatedBy": "ENV a=b", "Size": 0},
    {"CreatedBy": "COPY 1 /", "Size": 3006464},
]
"""28.5, containerd store: layers of 1, 2 and 3 million bytes and an empty one, counted in blocks with their folder."""
SIZE_CONTAINERD = 12047853
"""The size that is listed of that image: what is unpacked, and what is kept as it came."""
