"""Draw the picture of layers in docs/prediction.md: a real plan on what the simulated daemon holds at its start.

    .venv/bin/python -m docs.pictures.layers      (make pictures does this too)

One SVG for light and dark. What goes is hatched and says so: nobody has to tell colours apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Image, Inventory
from bot.images.predict import Wanted, plan, printed
from bot.images.removal import Plan
from bot.playground.blocks import Object
from bot.playground.host_picture import picture, planned
from bot.playground.seed import seeded
from bot.slack.mrkdwn import size

FILE = Path(__file__).with_suffix(".svg")
WORDS = ("acme/cache:2", "redis:7", "d2607f93ab15")
DRAWN = ("nginx:latest", "redis:latest", "acme/shop:2.1", "acme/cache:2")
"""Whose layers are drawn, with whatever else begins with a layer of theirs."""
WIDE, LABELS, BARS, ROW, TOP, GAP = 860, 250, 586, 48, 64, 3
ROOM = 54
"""How wide a block is that has room for its size."""
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1d1c1d }
.small, .bytes { font-size: 11px; fill: #5c5b5e } .mono { font-family: ui-monospace, monospace }
.card { fill: #ffffff; stroke: #d6d6d9 } .stays { fill: #c9dcf2; stroke: #4a7fb5 }
.goes { fill: url(#hatch); stroke: #b3261e } .line { stroke: #b3261e } .ground { fill: #fbe3e1 }
.bytes { fill: #1d1c1d; text-anchor: middle; paint-order: stroke; stroke: #fbe3e1; stroke-width: 4px }
.stays + .bytes { stroke: none }
@media (prefers-color-scheme: dark) {
text { fill: #e8e8ea } .small { fill: #a9a9ae } .bytes { fill: #e8e8ea; stroke: #4a2624 }
.card { fill: #1a1d21; stroke: #3c3f44 }
.stays { fill: #24415f; stroke: #7fb0e0 } .goes { stroke: #ff8a80 } .line { stroke: #ff8a80 } .ground { fill: #4a2624 }
}
"""

HATCH = """<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect class="ground" width="7" height="7"/><path class="line" d="M0 0V7" stroke-width="2"/></pattern></defs>"""
HOW = "An image is a row, its base on the left; a layer that several have is one block."


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is drawn: the picture that the demo's page has of a host too, and what a plan takes of it."""

    held: Inventory
    made: Plan
    drawn: Object
    names: frozenset[str]
    images: frozenset[ImageId]
    layers: frozenset[ChainId]


def drawing() -> Drawing:
    """Plan the removal of ``WORDS``."""
    whole = seeded(0).inventory
    held = replace(whole, images=_related(whole))
    made = plan(held, Wanted(words=WORDS))
    if not isinstance(made, Plan):
        raise TypeError(made)
    takes = planned(1, "pending", made)
    return Drawing(
        held=held,
        made=made,
        drawn=picture(held, (), ()),
        names=frozenset(takes["names"]),
        images=frozenset(takes["images"]),
        layers=frozenset(takes["layers"]),
    )


def _related(held: Inventory) -> Mapping[ImageId, Image]:
    named = [image for image in held.images.values() if {r.familiar for r in image.references} & set(DRAWN)]
    bases = {image.layers[0] for image in named}
    return {image.id: image for image in held.images.values() if image.layers[0] in bases}


def svg(drawn: Drawing) -> str:
    """Return the picture."""
    rows: Sequence[Object] = drawn.drawn["rows"]
    high = TOP + ROW * len(rows) + 40
    told = f"docker image rm {' '.join(WORDS)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(told)}: which layers go, and which stay</title>',
        f'<desc id="d">{escape(" ".join(f"{_name(row)} {_fate(drawn, row)}." for row in rows))}</desc>',
        f"<style>{STYLE}</style>",
        HATCH,
        f'<rect class="card" x="0.5" y="0.5" width="{WIDE - 1}" height="{high - 1}" rx="8"/>',
        f'<text class="mono" x="16" y="28">{escape(told)}</text>',
        f'<text class="small" x="16" y="48">{HOW}</text>',
        *(part for number, row in enumerate(rows) for part in _label(drawn, row, TOP + number * ROW)),
        *(part for block in drawn.drawn["blocks"] for part in _block(drawn, block)),
        *_legend(drawn, high - 16),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _name(row: Object) -> str:
    return ", ".join(row["names"]) or f"{row['short']} (no name)"


def _fate(drawn: Drawing, row: Object) -> str:
    """Return what becomes of an image."""
    lost = [name for name in row["names"] if name in drawn.names]
    if row["id"] in drawn.images:
        return "goes, with the layers that are its own"
    if lost:
        return f"stays: it loses {', '.join(lost)} alone"
    users = [container.split()[0] for container in row["containers"]]
    return f"stays: {users[0]} runs on it" if users else "stays"


def _label(drawn: Drawing, row: Object, y: int) -> Iterator[str]:
    yield f'<text x="16" y="{y + 20}">{escape(_name(row))}</text>'
    yield f'<text class="small" x="16" y="{y + 36}">{escape(_fate(drawn, row))}</text>'


def _block(drawn: Drawing, block: Object) -> Iterator[str]:
    goes = block["chain"] in drawn.layers
    x, y = LABELS + 8 + block["start"] * BARS, TOP + block["row"] * ROW + GAP
    width, height = block["width"] * BARS - GAP, block["rows"] * ROW - 2 * GAP
    told = f"{size(block['bytes'])}, {'goes' if goes else 'stays'}"
    shape = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" rx="3"'
    yield f'<g class="block"><title>{told}</title><rect class="{"goes" if goes else "stays"}" {shape}/>'
    if width > ROOM:
        yield f'<text class="bytes" x="{x + width / 2:.1f}" y="{y + height / 2 + 4:.1f}">'
        yield f"{size(block['bytes'])}</text>"
    yield "</g>"


def _legend(drawn: Drawing, y: int) -> Iterator[str]:
    freed = sum(step.freed.bytes or 0 for step in drawn.made.steps)
    for x, kind, told in (
        (16, "goes", f"goes: nothing else has it ({size(freed)} in all)"),
        (340, "stays", "stays: another image has it, or the image stays"),
    ):
        yield f'<rect class="{kind}" x="{x}" y="{y - 10}" width="14" height="12" rx="2"/>'
        yield f'<text class="small" x="{x + 22}" y="{y}">{told}</text>'


def main() -> None:
    """Write the picture, and print what the document has beside it."""
    made = drawing()
    FILE.write_text(svg(made), encoding="utf-8")
    print("\n".join(printed(made.made).stdout))  # noqa: T201 -- for whoever writes the document


if __name__ == "__main__":
    main()
