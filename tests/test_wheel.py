"""The wheel carries what an installed imgbot needs."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_wheel_carries_migrations_and_page(tmp_path: Path) -> None:
    """Built without a network; the migrations are where an installed imgbot looks for them."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        (metadata,) = (name for name in names if name.endswith("/entry_points.txt"))
        assert "imgbot = bot.__main__:main" in opened.read(metadata).decode()
    migrations = {path.name for path in (ROOT / "migrations" / "versions").glob("*.py")}
    assert migrations <= {Path(name).name for name in names if name.startswith("bot/db/migrations/versions/")}
    assert "bot/db/migrations/env.py" in names
    page = {f"bot/{path.relative_to(ROOT / 'bot')}" for path in (ROOT / "bot/playground/static").iterdir()}
    assert page <= names
