"""How a daemon is found: by its URL, or where the docker command would look."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.dockerd.hosts import AT_ONCE_BY_SSH, BadEndpoint, Endpoint, endpoint, local_endpoint, of_context

DEFAULT = "unix:///var/run/docker.sock"
Contexts = Callable[..., None]


@pytest.fixture
def contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Contexts:
    """Give a function that writes contexts as ``docker context create`` does, into a configuration of one's own."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")

    def write(current: str = "", **hosts: str) -> None:
        (tmp_path / "config.json").write_text(json.dumps({"currentContext": current} if current else {}))
        for name, url in hosts.items():
            folder = tmp_path / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
            folder.mkdir(parents=True)
            meta = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": url, "SkipTLSVerify": False}}}
            (folder / "meta.json").write_text(json.dumps(meta))

    return write


def certificates(folder: Path, *names: str) -> Path:
    """Write files with these names; what is in them is read with the first call."""
    for name in names:
        (folder / name).write_text("-----BEGIN CERTIFICATE-----\n")
    return folder


@pytest.mark.usefixtures("contexts")
def test_nothing_set_is_the_default_socket() -> None:
    """Without a variable and without a context it is Docker's own socket."""
    assert local_endpoint({}) == Endpoint(url=DEFAULT)


def test_docker_host_comes_first(contexts: Contexts) -> None:
    """DOCKER_HOST counts more than any context, as it does for the docker command."""
    contexts("prod", prod="tcp://prod:2375")
    assert local_endpoint({"DOCKER_HOST": "tcp://web-3:2375", "DOCKER_CONTEXT": "prod"}).url == "tcp://web-3:2375"


def test_docker_context_names_a_context(contexts: Contexts) -> None:
    """DOCKER_CONTEXT counts more than the current context."""
    contexts("other", prod="tcp://prod:2375", other="tcp://other:2375")
    assert local_endpoint({"DOCKER_CONTEXT": "prod"}).url == "tcp://prod:2375"


def test_the_current_context_is_used(contexts: Contexts) -> None:
    """What ``docker context use`` chose is the daemon."""
    contexts("other", other="unix:///run/other.sock")
    assert local_endpoint({}).url == "unix:///run/other.sock"


@pytest.mark.parametrize("environment", [{"DOCKER_CONTEXT": "default"}, {"DOCKER_HOST": "", "DOCKER_CONTEXT": ""}])
@pytest.mark.usefixtures("contexts")
def test_default_and_empty_are_the_default(environment: dict[str, str]) -> None:
    """The context called default, and empty variables, mean Docker's own socket."""
    assert local_endpoint(environment).url == DEFAULT


@pytest.mark.parametrize("environment", [{"DOCKER_CONTEXT": "prdo"}, {}])
def test_a_context_that_is_not_there_is_no_daemon(contexts: Contexts, environment: dict[str, str]) -> None:
    """A misspelt context never falls back to the machine's own daemon."""
    contexts("prdo", prod="tcp://prod:2375")
    with pytest.raises(BadEndpoint, match=r"`docker context ls` lists them\."):
        local_endpoint(environment)


def test_a_context_that_cannot_be_read_is_said(contexts: Contexts, tmp_path: Path) -> None:
    """A broken context file is an error in a sentence."""
    contexts("prod", prod="tcp://prod:2375")
    next(tmp_path.rglob("meta.json")).write_text("{")
    with pytest.raises(BadEndpoint, match="cannot be read"):
        local_endpoint({})


def test_certificates_of_the_environment(tmp_path: Path) -> None:
    """DOCKER_CERT_PATH and DOCKER_TLS_VERIFY give DOCKER_HOST its certificates."""
    folder = certificates(tmp_path, "ca.pem", "cert.pem", "key.pem")
    variables = {"DOCKER_HOST": "tcp://web-3:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder)}
    found = local_endpoint(variables)
    assert found.tls is not None
    assert found.tls.cert == (str(folder / "cert.pem"), str(folder / "key.pem"))
    with pytest.raises(BadEndpoint, match="DOCKER_CERT_PATH"):
        local_endpoint({**variables, "DOCKER_CERT_PATH": str(tmp_path / "nowhere")})


def test_certificates_of_the_settings(tmp_path: Path) -> None:
    """A folder with the three files makes the connection to a tcp:// daemon mutual."""
    folder = certificates(tmp_path, "ca.pem", "cert.pem", "key.pem")
    found = endpoint("tcp://web-3:2376", certificates=folder, timeout=timedelta(seconds=5))
    assert found.tls is not None
    assert (found.tls.ca_cert, found.tls.verify) == (str(folder / "ca.pem"), True)
    assert found.timeout == timedelta(seconds=5)


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    """The files that are not there are named, all of them."""
    folder = certificates(tmp_path, "ca.pem")
    with pytest.raises(BadEndpoint, match=r"no .*cert\.pem, no .*key\.pem"):
        endpoint("tcp://web-3:2376", certificates=folder)


def test_a_host_may_be_that_of_a_context(contexts: Contexts) -> None:
    """A context is read by its name, whichever is the current one; by ssh it gets fewer calls at once."""
    contexts("other", prod="ssh://imgbot@prod", other="unix:///run/other.sock")
    assert of_context("prod", timeout=timedelta(seconds=5)) == Endpoint(
        url="ssh://imgbot@prod", timeout=timedelta(seconds=5), at_once=AT_ONCE_BY_SSH
    )
    assert of_context("other", at_once=3).at_once == 3
    with pytest.raises(BadEndpoint, match="There is no Docker context 'prdo'"):
        of_context("prdo")


def test_contexts_without_a_file_of_settings_are_overlooked_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``docker context create`` makes none, and docker-py looks nowhere without it."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "empty"))
    with pytest.raises(BadEndpoint, match=r"empty has no config\.json, .*: one that holds \{\} will do"):
        of_context("prod")
    (tmp_path / "empty" / "config.json").write_text("{}")
    with pytest.raises(BadEndpoint, match=r"`docker context ls` lists them\.$"):
        of_context("prod")
