"""The ``docker`` command that came with a daemon, and what it prints."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from bot.images.predict import Printed
from tests.contract.words import Typed
from tests.daemons import RunningDaemon
from tests.newer import outside


def removal(dockerd: RunningDaemon, home: Path, command: Typed) -> Printed:
    """Return what ``docker image rm`` prints."""
    options = [*(["--force"] if command.force else []), *([] if command.prune else ["--no-prune"])]
    ran = subprocess.run(
        [*_program(dockerd.root), "--host", dockerd.url, "image", "rm", *options, "--", *command.words],
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Printed(
        stdout=tuple(ran.stdout.splitlines()), stderr=tuple(ran.stderr.splitlines()), exit_code=ran.returncode
    )


@cache
def version(root: Path | None) -> str:
    """Return the version of the command, such as ``20.10.24+dfsg1``."""
    told = subprocess.run([*_program(root), "--version"], capture_output=True, text=True, check=True).stdout
    return told.removeprefix("Docker version ").partition(",")[0]


@cache
def _program(root: Path | None) -> tuple[str, ...]:
    """Return the command: that of a newer *root*, or the one beside this machine's dockerd, which may have another."""
    if root:
        return outside(root, "docker")
    beside = Path(shutil.which("dockerd") or "").parent.parent / "bin/docker"
    found = str(beside) if beside.exists() else shutil.which("docker")
    if found is None:
        pytest.skip("the docker command is not installed: what it prints is not compared")
    return (found,)
