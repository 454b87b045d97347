"""The picture that moves is made by the real page, and is small enough for the README."""

import importlib.util
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from bot.demo import demo

SCRIPT = Path(__file__).parents[2] / "docs" / "pictures" / "take.py"


def test_the_picture_that_moves(chromium: Browser, tmp_path: Path) -> None:
    """Typed, planned, approved, removed: each frame is another one."""
    spec = importlib.util.spec_from_file_location("take", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    take = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(take)
    path = tmp_path / "demo.webp"
    with demo(0, "simulated") as url:
        take.moving(chromium, url, path)
    assert path.stat().st_size < 1_500_000
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) == 6
        assert picture.size == (1152, 720)
