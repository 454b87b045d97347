"""The recipes of docs/hosts.md, carried out as they are written, on real daemons.

Other than there: folders are below one of our own, the account is whoever runs the tests, and ``web-3`` is an address
of this machine's loopback, for the commands of the recipes alone.
"""

import getpass
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.daemons import RunningDaemon, folder_of_dockerd, server, until_up
from tests.dockerd.test_ssh import sshd

DOCUMENT = Path(__file__).parents[2] / "docs" / "hosts.md"
ADDRESS = "127.0.0.77"
NEEDED = ("docker", "dockerd", "openssl", "ssh-keygen", "ssh-keyscan", "unshare")


class Recipes:
    """What the document has under a heading, and a machine that does it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "hosts").write_text(f"127.0.0.1 localhost\n{ADDRESS} web-3\n")

    def blocks(self, heading: str, kind: str) -> list[str]:
        """Return the blocks of a *kind* under a heading, with our folders and account."""
        text = DOCUMENT.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
        for ours, written in (
            (f"{self.folder}/imgbot", "/etc/imgbot"),
            (f"{self.folder}/imgbot/web-3", "/etc/docker/tls"),
            (f"{getpass.getuser()}@", "imgbot@"),
        ):
            text = text.replace(written, ours)
        return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    def do(self, script: str) -> str:
        """Do what a block says, where web-3 is our address; return what it prints."""
        (self.folder / "imgbot").mkdir(exist_ok=True)
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-ec", f'mount --bind "$0" /etc/hosts\n{script}', str(self.folder / "hosts")],
            cwd=self.folder,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def host(self, settings: str) -> Any:  # noqa: ANN401 -- JSON
        """Return what ``imgbot hosts`` says of the host in these settings."""
        (self.folder / "imgbot.toml").write_text(settings)
        root = Path(__file__).parents[2]
        (host,) = json.loads(self.do(f"PYTHONPATH={root} exec {sys.executable} -m bot hosts --json"))
        return host


@pytest.fixture
def recipes(tmp_path: Path) -> Recipes:
    """Give a folder to carry them out in."""
    if absent := [program for program in NEEDED if shutil.which(program) is None]:
        pytest.skip(f"{', '.join(absent)} is not installed: no recipe is tried")
    return Recipes(tmp_path)


@contextmanager
def listening(recipe: str) -> Iterator[str]:
    """Run the dockerd of a recipe, with folders of its own, at our address; give its version."""
    words = shlex.split(recipe.replace("\\\n", " ").replace("fd://", "unix://SOCKET").replace("0.0.0.0", ADDRESS))  # noqa: S104
    with folder_of_dockerd() as folder:
        (folder / "daemon.json").write_text('{"bridge": "none", "iptables": false, "ip-forward": false}')
        own = ("data-root", "data"), ("exec-root", "exec"), ("pidfile", "pid"), ("config-file", "daemon.json")
        socket = f"{folder}/docker.sock"
        command = [word.replace("SOCKET", socket) for word in words] + [f"--{key}={folder}/{name}" for key, name in own]
        with server(command, folder):
            client = until_up(lambda: docker.APIClient(f"unix://{socket}"), folder)
            with closing(client):
                yield str(client.version()["Version"])


def test_tcp_with_certificates_and_a_context(recipes: Recipes) -> None:
    """The certificates that are made there are good for the daemon, for the bot, and for a context."""
    certificates, daemon = recipes.blocks("TCP with certificates", "sh")
    recipes.do(certificates)
    (asks,) = recipes.blocks("TCP with certificates", "toml")
    with listening(daemon) as version:
        told = recipes.host(asks)
        assert (told["answers"], told["version"], told["address"]) == (True, version, "tcp://web-3:2376"), told
        (context,) = recipes.blocks("Docker contexts", "sh")
        recipes.do(context)
        (asks,) = recipes.blocks("Docker contexts", "toml")
        assert recipes.host(asks)["answers"]
        recipes.do("rm imgbot/web-3/cert.pem imgbot/web-3/key.pem")
        recipes.do(
            "cd imgbot/web-3 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            " -subj /CN=imgbot -keyout key.pem -out cert.pem"
        )
        with pytest.raises(AssertionError, match="web-3 cannot be reached"):  # the certificate of nobody
            recipes.host(recipes.blocks("TCP with certificates", "toml")[0])


def test_ssh(recipes: Recipes, dockerd: RunningDaemon, tmp_path: Path) -> None:
    """The key, the host's key and the file of settings; and then a key that may do nothing else."""
    (keys,), (asks,) = recipes.blocks("SSH", "sh"), recipes.blocks("SSH", "toml")
    folder = tmp_path / "sshd"
    folder.mkdir()
    making, *rest = keys.splitlines(keepends=True)
    assert making.startswith("ssh-keygen")
    with sshd(folder, dockerd.socket, ADDRESS, 22):
        recipes.do(making)
        public = (tmp_path / "imgbot" / "key.pub").read_text()
        (folder / "authorized").write_text(public)
        assert dockerd.version in recipes.do("".join(rest))
        text = DOCUMENT.read_text(encoding="utf-8")
        restricted = re.search(r"`(restrict,command=[^`]+)`", text)
        assert restricted
        (folder / "authorized").write_text(f"{restricted[1]} {public}")
        told = recipes.host(asks)
        assert (told["answers"], told["version"]) == (True, dockerd.version)
