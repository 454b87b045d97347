"""The picture of layers in docs/prediction.md is of the plan that is made today, and shows what Docker would print."""

import re
from xml.etree import ElementTree as ET

from bot.images.predict import printed
from docs.pictures.layers import FILE, WORDS, drawing, svg

SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_is_of_todays_plan() -> None:
    """``make pictures`` draws it anew."""
    assert FILE.read_text(encoding="utf-8") == svg(drawing())


def test_what_goes_is_what_is_deleted() -> None:
    """As many blocks are hatched as the plan deletes layers, and those are as large as what it frees."""
    made = drawing()
    blocks = ET.fromstring(FILE.read_text(encoding="utf-8")).findall(f"{SVG}g")  # noqa: S314 -- ours
    kinds = [block.find(f"{SVG}rect").get("class") for block in blocks]  # type: ignore[union-attr]
    deleted = [line for line in printed(made.made).stdout if line.startswith("Deleted")]
    assert kinds.count("goes") == len(made.layers) == len(deleted) - len(made.images) == 3
    assert len(kinds) == len({chain for image in made.held.images.values() for chain in image.layers})
    told = FILE.read_text(encoding="utf-8")
    assert all(word in told for word in WORDS)
    assert re.search(r"redis:7, redis:7.2, redis:latest stays: it loses redis:7 alone", told)
    assert "acme/shop:2.1 stays: shop-web runs on it" in told


def test_it_is_for_light_and_dark() -> None:
    """One small file with nothing from elsewhere in it."""
    told = FILE.read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in told
    assert len(told) < 8_000
    assert not re.search(r"<script|href|https?://(?!www\.w3\.org/2000/svg)", told)
