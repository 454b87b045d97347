"""A daemon behind TLS answers to the certificates in the settings, and to nobody else."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint, local_endpoint
from bot.flows.ports import Unreachable
from bot.images.inventory import Inventory
from tests.dockerd.lying import answer, lying, stream
from tests.dockerd.recorded import INFO_CLASSIC

HELD = {
    "/info": answer({**INFO_CLASSIC, "ServerVersion": "20.10.24"}),
    "/images/json": answer([]),
    "/containers/json": answer([]),
    "/events": stream([]),
}


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in *folder*."""
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=30)


def authority(folder: Path) -> Path:
    """Make ca.pem, and with it cert.pem and key.pem, good for a client and for a server at 127.0.0.1."""
    folder.mkdir()
    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl(folder, *new, "-subj", "/CN=test authority", "-keyout", "ca-key.pem", "-out", "ca.pem")
    signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-addext", "subjectAltName=IP:127.0.0.1"]
    plain = ["-addext", "basicConstraints=critical,CA:FALSE"]
    openssl(folder, *new, *signed, *plain, "-subj", "/CN=test", "-keyout", "key.pem", "-out", "cert.pem")
    return folder


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the certificates of an authority."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no certificates to try")
    return authority(tmp_path_factory.mktemp("tls") / "ours")


@contextmanager
def behind_tls(server: Path, certificates: Path) -> Iterator[str]:
    """Give the address of a port that speaks TLS, wants a certificate, and passes on to the socket *server*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    context.load_verify_locations(certificates / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with behind_a_port(server, context) as url:
        yield url


@contextmanager
def behind_a_port(server: Path, context: ssl.SSLContext | None) -> Iterator[str]:
    """Give the address of a port that passes on to the socket *server*, and speaks TLS where it has a context."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_accept, args=(listening, context, server))
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listening: socket.socket, context: ssl.SSLContext | None, server: Path) -> None:
    """Serve every connection until the listening socket is shut."""
    with ThreadPoolExecutor(32) as threads:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threads.submit(_serve, connection, context, server)


def _serve(connection: socket.socket, context: ssl.SSLContext | None, server: Path) -> None:
    with (
        connection,
        suppress(OSError),  # a client that is refused, or gives up
        context.wrap_socket(connection, server_side=True) if context else connection as plain,
        socket.socket(socket.AF_UNIX) as behind,
    ):
        behind.connect(str(server))
        _pass_on(plain, behind)


def _pass_on(client: socket.socket, server: socket.socket) -> None:
    """Pass on what comes from either side until the client is gone."""
    answers = threading.Thread(target=_pump, args=(server, client))
    answers.start()
    _pump(client, server)
    server.shutdown(socket.SHUT_RDWR)
    answers.join()


def _pump(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)


def test_the_right_certificates_open_the_door(
    tmp_path: Path, certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the folder of the settings, and with DOCKER_CERT_PATH, the daemon answers, whom else the machine trusts."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority(tmp_path / "company") / "ca.pem"))
    with lying(tmp_path / "docker.sock", HELD) as server, behind_tls(server.socket, certificates) as url:
        variables = {"DOCKER_HOST": url, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(certificates)}
        for found in (endpoint(url, certificates=certificates), local_endpoint(variables)):
            daemon = Daemon("web-3", found)
            inventory = daemon.inventory()
            daemon.close()
            assert isinstance(inventory, Inventory), inventory.why


def test_another_certificate_opens_nothing(tmp_path: Path, certificates: Path) -> None:
    """Certificates of another authority, and none at all, are refused before anything is asked."""
    other = authority(tmp_path / "other")
    with lying(tmp_path / "docker.sock", HELD) as server, behind_tls(server.socket, certificates) as url:
        for found in (endpoint(url, certificates=other), endpoint(url)):
            daemon = Daemon("web-3", found)
            answered = daemon.inventory()
            daemon.close()
            assert isinstance(answered, Unreachable)
            assert answered.why.startswith(f"web-3 cannot be reached at {url}: ")
        assert server.asked == []
