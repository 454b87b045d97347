"""``python -m tests.stack``: the shipped image and compose file, built and started, and a removal through them.

A dockerd of its own, base images made by debootstrap (none can be pulled), Docker Compose from a newer Debian, and
the playground for Slack. It ends with 0 if all of this is so:

- two builds of the image give the same layers;
- the bot's container is no root, cannot write to its root, has no capability and no Docker socket, and the gate refuses
  what is no call of imgbot's;
- a removal goes from the command to the record, and the image is gone;
- a backup is made, and got back, as docs/backup.md has it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import docker

from bot.playground.demo import RunningWorkspace, workspace
from tests.daemons import server, unmount, until_up
from tests.endtoend.team import APPROVALS, DANA, OLGA, People, until
from tests.gates import haproxy
from tests.newer import Missing, outside, root_of
from tests.worlds import Build, load

HERE = Path(__file__).parents[1]
PACKAGES = ("docker-compose", "docker-buildx")
PLUGINS = "usr/libexec/docker/cli-plugins"
BASE = "imgbot-trial-base"
USER = "10001"
"""Who the bot is in its container."""
INCLUDED = "python3,python3-venv,ca-certificates,haproxy,wget"
CONFIG = """
[slack]
approvals_channel = "C0APPROVALS"
[http]
listen = "127.0.0.1:8080"
[hosts.web-3]
url = "tcp://docker-gate:2375"
[[rules]]
name = "leads"
approvers = ["U0LEAD"]
"""
ASKED = """
import sys, urllib.error, urllib.request
call = urllib.request.Request("http://docker-gate:2375" + sys.argv[2], method=sys.argv[1])
try:
    print(urllib.request.urlopen(call).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


class Stack:
    """The daemon, the commands, and the folder of somebody who installs imgbot."""

    def __init__(self, folder: Path, place: RunningWorkspace) -> None:
        self.socket = folder / "docker.sock"
        self.folder = folder / "imgbot"
        self.environment = os.environ | {
            "DOCKER_HOST": f"unix://{self.socket}",
            "DOCKER_CONFIG": str(folder / "config"),
            "DOCKER_SOCKET": str(self.socket),
            "DOCKER_GROUP": str(self.socket.stat().st_gid),
            "PYTHON_IMAGE": BASE,
            "GATE_IMAGE": BASE,
            "SLACK_API_URL": place.api_url,
            "COMPOSE_FILE": "docker-compose.yml:trial.yml",
        }

    def run(self, *command: str, **more: str) -> str:
        """Run a command there, and return what it prints. Raises ``AssertionError`` where it fails."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment | more, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def compose(self, *words: str) -> str:
        """Run ``docker compose``."""
        return self.run("docker", "compose", *words)

    def inside(self, *command: str) -> str:
        """Run a command in the bot's container."""
        return self.compose("exec", "-T", "imgbot", *command).strip()


def said(what: str) -> None:
    """Print one thing that is so."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {what}\n")
    sys.stdout.flush()


@contextmanager
def dockerd(folder: Path) -> Iterator[None]:
    """Run a dockerd with a network of its own within the block."""
    (folder / "daemon.json").write_text('{"bip": "172.31.255.1/24", "default-address-pools": [' + POOL + "]}")
    command = [
        *("dockerd", f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"),
        *(f"--host=unix://{folder}/docker.sock", f"--config-file={folder}/daemon.json"),
    ]
    with server(command, folder):
        try:
            until_up(lambda: docker.APIClient(f"unix://{folder}/docker.sock").version(), folder)
            yield
        finally:
            unmount(folder)


POOL = '{"base": "172.30.0.0/16", "size": 24}'


def plugins(folder: Path) -> None:
    """Give the docker command Compose and buildx, from a newer Debian."""
    root = root_of("trixie", PACKAGES, "trixie-compose")
    if isinstance(root, Missing):
        raise SystemExit(root.why)
    for name in PACKAGES:
        plugin = folder / "config" / "cli-plugins" / name
        plugin.parent.mkdir(parents=True, exist_ok=True)
        plugin.write_text("#!/bin/sh\nexec " + " ".join(outside(root, name, PLUGINS)) + ' "$@"\n')
        plugin.chmod(0o755)


def base(stack: Stack, folder: Path) -> None:
    """Make the image that everything is built on here."""
    told = stack.run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages")
    mirror = next(line.split()[0] for line in told.splitlines() if line.endswith(" bookworm"))
    root = folder / "base"
    stack.run("debootstrap", "--variant=minbase", f"--include={INCLUDED}", "bookworm", str(root), mirror)
    authorities = Path("/etc/ssl/certs/ca-certificates.crt")
    shutil.copy(authorities.resolve(), root / "etc/ssl/certs/ca-certificates.crt")
    with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as packed:
        subprocess.run(
            ["docker", "import", "-", BASE], stdin=packed.stdout, env=stack.environment, check=True, capture_output=True
        )


def install(stack: Stack, place: RunningWorkspace, folder: Path) -> None:
    """Do what docs/install.md says, in a copy of what git has."""
    stack.folder.mkdir()
    files = subprocess.run(["git", "archive", "HEAD"], cwd=HERE, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x"], input=files, cwd=stack.folder, check=True)
    (stack.folder / "imgbot.toml").write_text(CONFIG)
    secrets = stack.folder / "secrets"
    secrets.mkdir()
    tokens = {"slack_bot_token": place.bot_token, "slack_app_token": place.app_token, "postgres_password": "not used"}
    for name, token in tokens.items():
        (secrets / name).write_text(token)
        os.chown(secrets / name, int(USER), int(USER))
        (secrets / name).chmod(0o400)
    (stack.folder / "trial.yml").write_text(_relay(place, folder))


def _relay(place: RunningWorkspace, folder: Path) -> str:
    """Return what is added here: the playground, which listens on this machine's loopback, at the bot's own."""
    port = place.url.rpartition(":")[2]
    (folder / "relay").mkdir()
    (folder / "relay").chmod(0o755)
    side = "defaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n timeout server 1h\n"
    inside = f"{side}frontend f\n bind 127.0.0.1:{port}\n default_backend b\nbackend b\n server s unix@/relay/play\n"
    (folder / "relay" / "inside.cfg").write_text(inside)
    outer = f"{side}frontend f\n bind unix@{folder}/relay/play mode 666\n default_backend b\nbackend b\n"
    (folder / "relay" / "outside.cfg").write_text(f"{outer} server s 127.0.0.1:{port}\n")
    relay = {
        "image": BASE,
        "network_mode": "service:imgbot",
        "command": ["haproxy", "-f", "/relay/inside.cfg"],
        "volumes": [f"{folder}/relay:/relay"],
    }
    return json.dumps({"services": {"relay": relay}})


def build(stack: Stack) -> None:
    """Build the image twice, and compare."""
    pip = stack.folder / "pip.conf"
    pip.write_text("[global]\ncert=/etc/ssl/certs/ca-certificates.crt\n")
    words = ("--network", "host", "--secret", f"id=pip,src={pip}", "--build-arg", f"PYTHON={BASE}")
    begun = time.monotonic()
    stack.run("docker", "build", *words, "--tag", "imgbot", ".")
    took = time.monotonic() - begun
    stack.run("docker", "build", "--no-cache", *words, "--tag", "imgbot:again", ".")
    layers, again = (
        stack.run("docker", "image", "inspect", name, "--format", "{{json .RootFS.Layers}}")
        for name in ("imgbot", "imgbot:again")
    )
    assert layers == again, "two builds differ"
    sizes = [int(stack.run("docker", "image", "inspect", name, "--format", "{{.Size}}")) for name in ("imgbot", BASE)]
    said(f"built in {took:.0f} s, and again with the same layers; {(sizes[0] - sizes[1]) / 1e6:.0f} MB on its base")


def confined(stack: Stack) -> None:
    """Hold the bot's container to what the compose file says."""
    assert stack.inside("id", "-u") == USER
    status = stack.inside("cat", "/proc/1/status")
    assert "CapEff:\t0000000000000000" in status, status
    assert "NoNewPrivs:\t1" in status, status
    mounts = stack.inside("cat", "/proc/mounts")
    assert " / overlay ro," in mounts, mounts
    assert "docker.sock" not in mounts, mounts
    passes = {"GET /v1.41/info": 200, "GET /v1.41/images/json?all=1": 200}
    refused = dict.fromkeys(
        ("POST /v1.41/containers/create", "GET /v1.41/containers/x/json", "POST /v1.41/images/create?fromImage=redis"),
        403,
    )
    for call, status_code in (passes | refused).items():
        assert stack.inside("python3", "-c", ASKED, *call.split()) == str(status_code), call
    ports = stack.run("docker", "ps", "--format", "{{.Ports}}").split()
    assert not any("->" in port for port in ports), ports
    said("no root, no capability, a root that is not written, no socket, no port; the gate refuses the rest")


def removal(stack: Stack, people: People) -> None:
    """Have Dana ask and Olga approve."""
    until(lambda: people.type(DANA, "/img help", "D0DEV") == "acknowledged", within=60)
    with closing(docker.APIClient(f"unix://{stack.socket}")) as client:
        load(client, Build(tags=["redis:7"], layers=["redis"]))
        _, message = people.ask(DANA, "/img rm redis:7 -m trial")
        people.press(OLGA, message, "img_approve")
        until(lambda: "Removed" in str(people.messages(OLGA, APPROVALS)[-1]))
        assert client.images("redis:7") == []
    history = json.loads(stack.inside("imgbot", "history", "--json"))
    assert "redis:7" in json.dumps(history), history
    stack.inside("imgbot", "audit", "verify")
    said("a removal went from the command to the record")


def _documented() -> Iterator[str]:
    """Yield the blocks of docs/backup.md for Docker Compose, to be run as they are written."""
    for block in re.findall(r"^```sh\n(.*?)^```", (HERE / "docs/backup.md").read_text(), re.MULTILINE | re.DOTALL):
        if "docker compose" in block:
            yield block


def backup(stack: Stack) -> None:
    """Make a backup and get it back, as docs/backup.md has it."""
    making, restoring = _documented()
    stack.run("sh", "-ec", making)
    stack.run("sh", "-ec", restoring)
    stack.compose("restart", "relay")  # it has the network of the bot's container as that was before
    stack.compose("up", "--detach", "--wait")
    assert "redis:7" in stack.inside("imgbot", "history", "redis:7")
    assert (stack.folder / "last-night.backup").stat().st_uid == int(USER)
    said("a backup was made and got back")


def main() -> None:
    """Do all of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="imgbot-stack-")))
        folder.chmod(0o755)
        place = stack.enter_context(workspace())
        plugins(folder)
        stack.enter_context(dockerd(folder))
        made = Stack(folder, place)
        install(made, place, folder)
        base(made, folder)
        said("a dockerd, Docker Compose and a base image are there")
        made.run("docker", "compose", "config", "--quiet")
        made.run("docker", "compose", "--profile", "postgres", "config", "--quiet")
        build(made)
        relay = folder / "relay"
        program = haproxy()
        assert program, "haproxy is not installed"
        stack.enter_context(server([program, "-f", str(relay / "outside.cfg")], relay))
        stack.callback(made.compose, "down", "--volumes")
        made.compose("up", "--detach", "--wait")
        said("docker compose up: healthy")
        confined(made)
        removal(made, People(place.url))
        backup(made)


if __name__ == "__main__":
    main()
