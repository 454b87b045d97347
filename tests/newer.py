"""A newer dockerd than this machine's: Debian's package of another suite, unpacked in a folder of its own.

Nothing is installed. The folder is made once and kept in a cache: ``IMGBOT_TEST_CACHE``, or else ``/var/cache``.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

PACKAGES = (
    *("docker.io", "docker-cli", "containerd", "runc", "iptables", "iproute2", "bash", "coreutils", "base-files"),
    *("busybox-static", "ca-certificates", "procps", "mount"),
)
FOLDERS = ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc", "proc", "sys", "dev", "run", "tmp", "var", "old")
PROGRAMS = ("apt-get", "dpkg-deb", "unshare", "pivot_root")
DOWNLOADED_WITHIN = 600.0
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
"""Debian's own keys, as its package debian-archive-keyring installs them."""
READY = "ready"
"""The file that says that a folder is complete: it has the names of the packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Why there is no newer daemon: a sentence."""

    why: str


def root_of(suite: str, packages: Sequence[str] = PACKAGES, name: str = "") -> Path | Missing:
    """Return the root folder with packages of a suite, a dockerd's unless others are wanted.

    They are downloaded if they are not in the cache; other packages have another *name* there.
    """
    if os.geteuid() != 0:
        return Missing(why="a dockerd needs root")
    if absent := [program for program in PROGRAMS if shutil.which(program) is None]:
        return Missing(why=f"{', '.join(absent)} is not installed")
    cache = Path(os.environ.get("IMGBOT_TEST_CACHE", "/var/cache/imgbot-tests"))
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / (name or suite)
    with _alone(cache):
        if not _ready(root, packages):
            shutil.rmtree(root, ignore_errors=True)
            try:
                _unpack(suite, root, packages)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                return Missing(why=f"{suite} cannot be had: {_last_words(error)}")
    return root


def _ready(root: Path, packages: Sequence[str]) -> bool:
    return (root / READY).exists() and (root / READY).read_text() == " ".join(packages)


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Let one run at a time fill the cache."""
    with (cache / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


def _last_words(error: subprocess.CalledProcessError | subprocess.TimeoutExpired) -> str:
    said = error.stderr or b""
    lines = (said if isinstance(said, str) else said.decode(errors="replace")).splitlines()
    return lines[-1] if lines else str(error)


def _unpack(suite: str, root: Path, packages: Sequence[str]) -> None:
    """Download the packages with all that they depend on, and unpack them as a root of links into ``usr``."""
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    with tempfile.TemporaryDirectory(prefix="imgbot-apt-") as made:
        for package in _downloaded(suite, packages, Path(made)):
            _untar(package, root)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "etc/nsswitch.conf").write_text("hosts: files\n")
    (root / READY).write_text(" ".join(packages))


def _untar(package: Path, root: Path) -> None:
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as contents:
        into = ["tar", "-x", "-C", str(root), "--keep-directory-symlink", "--no-same-owner"]
        subprocess.run(into, stdin=contents.stdout, check=True, capture_output=True)


def _downloaded(suite: str, packages: Sequence[str], folder: Path) -> list[Path]:
    """Return the archives of the packages and of everything that they need, as on a machine that has nothing."""
    archives = folder / "cache/archives"
    for made in (folder / "lists/partial", archives / "partial"):
        made.mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(_source(suite))
    options = [
        *("-o", f"Dir::Etc::SourceList={folder}/sources.list", "-o", "Dir::Etc::SourceParts=/dev/null"),
        *("-o", "Dir::Etc::Preferences=/dev/null", "-o", "Dir::Etc::PreferencesParts=/dev/null"),
        *("-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::State::status={folder}/status"),
        *("-o", f"Dir::Cache={folder}/cache", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Languages=none"),
    ]
    _run(["apt-get", *options, "update"])
    _run(["apt-get", *options, "--yes", "--download-only", "--no-install-recommends", "install", *packages])
    return sorted(archives.glob("*.deb"))


def _source(suite: str) -> str:
    """Return this machine's own source of Debian, with another suite in it."""
    release = next(
        line.partition("=")[2].strip('"')
        for line in Path("/etc/os-release").read_text().splitlines()
        if line.startswith("VERSION_CODENAME=")
    )
    told = _run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"])
    for address, found in (line.split() for line in told.splitlines()):
        if found == release:
            return f"deb [signed-by={KEYS}] {address} {suite} main\n"
    raise subprocess.CalledProcessError(1, "apt-get indextargets", stderr=f"apt knows no source of {release}")


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=DOWNLOADED_WITHIN).stdout


def entered(root: Path, outside: Path, command: list[str]) -> list[str]:
    """Return the command that runs *command* with *root* for its root, and *outside* where it is outside too.

    runc and the unpacking of layers want the root to be a mount, so this is ``pivot_root`` in mounts of its own; what
    is mounted goes with the process.
    """
    inside = f"{root}{outside}"
    script = f"""
        mount --bind {root} {root} && cd {root}
        mount -t proc proc proc && mount --rbind /sys sys && mount --rbind /dev dev && mount -t tmpfs tmpfs run
        mount -t tmpfs tmpfs tmp && mkdir -p {inside} && mount --bind {outside} {inside}
        pivot_root . old && cd / && umount -l /old && exec "$@"
    """
    return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh", *command]


def outside(root: Path, program: str, folder: str = "usr/bin") -> tuple[str, ...]:
    """Return the command that runs a program of *root* without entering it: by that root's loader and libraries."""
    libraries = ":".join(str(folder) for folder in (root / "usr/lib").glob("*-linux-gnu*"))
    loader = next(found for name in ("lib64", "lib") for found in (root / "usr" / name).glob("ld-linux-*"))
    return (str(loader), "--library-path", libraries, str(root / folder / program))
