"""The wheel carries what an installed imgbot needs, and runs where nothing of the checkout is."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import bot
from bot.playground.demo import simulated_daemon

ROOT = Path(__file__).parent.parent


def built(source: Path, target: str, folder: Path) -> Path:
    """Build the "wheel" or the "sdist" of a folder without a network, and return its file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (file,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    return built(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


def contents(wheel: Path) -> dict[str, int]:
    """Return the names of the files in a wheel, with what is in them as a checksum."""
    with zipfile.ZipFile(wheel) as opened:
        return {each.filename: each.CRC for each in opened.infolist()}


def test_the_wheel_carries_migrations_and_page(wheel: Path) -> None:
    """The migrations are where an installed imgbot looks for them."""
    names = set(contents(wheel))
    with zipfile.ZipFile(wheel) as opened:
        (points,) = (name for name in names if name.endswith("/entry_points.txt"))
        assert "imgbot = bot.__main__:main" in opened.read(points).decode()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        assert f"\nVersion: {bot.__version__}\n" in opened.read(metadata).decode()
    migrations = {path.name for path in (ROOT / "migrations" / "versions").glob("*.py")}
    assert migrations <= {Path(name).name for name in names if name.startswith("bot/db/migrations/versions/")}
    assert "bot/db/migrations/env.py" in names
    page = {f"bot/{path.relative_to(ROOT / 'bot')}" for path in (ROOT / "bot/playground/static").iterdir()}
    assert page <= names


def test_the_sdist_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Whoever packs imgbot needs no checkout."""
    with tarfile.open(built(ROOT, "sdist", tmp_path)) as packed:
        packed.extractall(tmp_path, filter="data")
    (source,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert contents(built(source, "wheel", tmp_path)) == contents(wheel)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel where nothing is but the locked packages it needs, and return the command."""
    place = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel)], check=True)
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "locked.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return place / "bin" / "imgbot"


def ran(command: Path, *words: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the installed command in an empty folder."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **environment}
    return subprocess.run([command, *words], cwd=folder, env=env, check=False, capture_output=True, text=True)


def test_it_runs_without_the_checkout(installed: Path, tmp_path: Path) -> None:
    """Its version, help, a database that it makes and finds whole, and a plan: nothing of it comes from here."""
    where = "import bot, bot.db.database as d; print(bot.__file__, d.scripts(d.Path(d.__file__).parent))"
    python = installed.with_name("python")
    shown = subprocess.run([python, "-c", where], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert all(path.startswith(str(installed.parents[1])) for path in shown.split())
    assert ran(installed, "--version", folder=tmp_path).stdout == f"imgbot, version {bot.__version__}\n"
    assert "serve" in ran(installed, "--help", folder=tmp_path).stdout
    database = {"IMGBOT_DATABASE_URL": f"sqlite:///{tmp_path / 'imgbot.db'}"}
    for words, said in (("upgrade", "up to date"), ("check", "up to date and complete")):
        done = ran(installed, "db", words, folder=tmp_path, **database)
        assert (done.returncode, said in done.stdout) == (0, True), done.stderr
    with simulated_daemon(tmp_path / "docker.sock") as daemon:
        planned = ran(installed, "plan", "redis:alpine", folder=tmp_path, DOCKER_HOST=daemon)
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.startswith("Untagged: redis:alpine\n")
