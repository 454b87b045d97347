"""A host as a picture: what is shared is drawn once, and what a plan takes is what the plan says."""

from dataclasses import replace

from bot.images.guards import guarded, label, unguarded
from bot.images.predict import Wanted, plan
from bot.images.removal import Plan
from bot.playground.blocks import Object
from bot.playground.host_picture import picture, planned
from bot.playground.seed import seeded

HELD = seeded(1_700_000_000).inventory


def named(drawn: Object, name: str) -> int:
    """Return the number of the row with an image of that name."""
    return next(number for number, row in enumerate(drawn["rows"]) if name in row["names"])


def test_every_image_is_a_row_of_its_layers() -> None:
    """The blocks that a row runs through are the layers of its image, from left to right without a gap."""
    drawn = picture(HELD, (), ())
    assert {row["id"] for row in drawn["rows"]} == set(HELD.images)
    for number, row in enumerate(drawn["rows"]):
        crossed = [b for b in drawn["blocks"] if b["row"] <= number < b["row"] + b["rows"]]
        crossed.sort(key=lambda block: block["start"])
        assert [block["chain"] for block in crossed] == row["layers"]
        ends = [0.0, *(block["start"] + block["width"] for block in crossed)]
        assert all(abs(block["start"] - end) < 1e-4 for block, end in zip(crossed, ends, strict=False))
        assert ends[-1] <= 1.0001


def test_a_shared_layer_is_one_block() -> None:
    """nginx, the shop that is made of it, and the build that lost its name share three layers: three blocks."""
    drawn = picture(HELD, (), ())
    shared = [block for block in drawn["blocks"] if block["rows"] == 3]
    rows = {number for block in shared for number in range(block["row"], block["row"] + block["rows"])}
    assert len(shared) == 3
    assert {named(drawn, "nginx:latest"), named(drawn, "acme/shop:2.1")} < rows
    assert len({block["chain"] for block in drawn["blocks"]}) == len(drawn["blocks"])


def test_what_went_is_still_drawn() -> None:
    """A layer went where no image is left that has it; the bytes are those of what is there."""
    redis = next(image for image in HELD.images.values() if any(r.familiar == "redis:alpine" for r in image.references))
    left = replace(HELD, images={key: image for key, image in HELD.images.items() if key != redis.id})
    before, drawn = picture(HELD, (), ()), picture(left, (redis,), ())
    assert drawn["rows"][named(drawn, "redis:alpine")]["went"]
    assert {block["chain"] for block in drawn["blocks"] if block["went"]} == set(redis.layers)
    assert before["bytes"] - drawn["bytes"] == redis.size


def test_a_plan_takes_what_it_says() -> None:
    """Names, images and layers of a plan, as they are predicted."""
    made = plan(HELD, Wanted(words=("redis:alpine", "redis:7.2"), command="rm redis:alpine redis:7.2"))
    assert isinstance(made, Plan)
    drawn = planned(3, "pending", made)
    assert drawn["names"][0] == "redis:alpine"
    assert "redis:7.2" in drawn["names"]
    assert (len(drawn["images"]), len(drawn["layers"]), drawn["bytes"]) == (1, 5, 21_030_000)


def test_an_empty_host_is_a_picture_too() -> None:
    """No images, no blocks, no bytes."""
    drawn = picture(replace(HELD, images={}, containers=()), (), ())
    assert (drawn["rows"], drawn["blocks"], drawn["bytes"]) == ([], [], 0)


def test_a_guard_is_no_name_of_an_image() -> None:
    """What is kept for an undo is said to be that, and nobody sees the name by which it is kept."""
    image = next(image for image in HELD.images.values() if "redis:alpine" in {r.familiar for r in image.references})
    named_still = picture(guarded(HELD, [image.id], label(7, "0" * 64)), (), ())
    assert named_still["rows"][named(named_still, "redis:alpine")]["names"] == ["redis:alpine"]
    bare = replace(HELD, images={**HELD.images, image.id: replace(image, references=())})
    kept = guarded(bare, [image.id], label(7, "0" * 64))
    (row,) = [row for row in picture(kept, (), ())["rows"] if row["id"] == image.id]
    assert (row["names"], row["kept"]) == ([], "kept for the undo of request 7")
    gone = replace(kept, images={key: each for key, each in kept.images.items() if key != image.id})
    (row,) = [row for row in picture(gone, (kept.images[image.id],), ())["rows"] if row["id"] == image.id]
    assert (row["names"], row["kept"], row["went"]) == ([], "", True)
    assert "imgbot.guard" not in str(picture(kept, (), ()))
    assert {row["kept"] for row in picture(unguarded(kept, None), (), ())["rows"]} == {""}
