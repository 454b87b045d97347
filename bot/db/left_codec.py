"""What is remembered of an image, and what left of it, as JSON, and back."""

from collections.abc import Iterable

from bot.db.columns import micros
from bot.db.fields import Fields, Json, dumps
from bot.db.plan_codec import Object
from bot.images.ids import ChainId, ImageId
from bot.images.leaving import Known, Left
from bot.images.removal import DeletedLayer

UNKNOWN = -1
"""What stands for the size of a layer that was never measured."""


def dump_known(known: Known) -> str:
    """Return an image that is remembered as the text that is stored."""
    return dumps(
        {
            "references": list(known.references),
            "names": list(known.names),
            "layers": list(known.layers),
            "sizes": [UNKNOWN if size is None else size for size in known.sizes],
            "size": known.size,
            "created": known.created,
            "gone": known.gone,
            "since": None if known.since is None else micros(known.since),
        }
    )


def load_known(image_id: str, body: str) -> Known:
    """Return the image that was stored. Unreadable where it is none."""
    fields = Fields.loads(body, "remembered image")
    return Known(
        id=ImageId(image_id),
        references=fields.texts("references"),
        names=fields.texts("names"),
        layers=tuple(map(ChainId, fields.texts("layers"))),
        sizes=tuple(None if size == UNKNOWN else size for size in fields.numbers("sizes")),
        size=fields.number("size"),
        created=fields.number("created"),
        gone=fields.flag("gone"),
        since=fields.maybe_moment("since"),
    )


def left_to_json(left: Left) -> Object:
    """Return what left of an image as JSON."""
    return {
        "image_id": left.image_id,
        "names": list(left.names),
        "untagged": list(left.untagged),
        "deleted": left.deleted,
        "layers": layers_to_json(left.layers),
        "size": left.size,
        "created": left.created,
        "earliest": micros(left.earliest),
        "latest": micros(left.latest),
    }


def left_from_json(fields: Fields) -> Left:
    """Return what left of an image. Unreadable where it is none of that."""
    return Left(
        image_id=ImageId(fields.text("image_id")),
        names=fields.texts("names"),
        untagged=fields.texts("untagged"),
        deleted=fields.flag("deleted"),
        layers=layers_from_json(fields),
        size=fields.number("size"),
        created=fields.number("created"),
        earliest=fields.moment("earliest"),
        latest=fields.moment("latest"),
    )


def layers_to_json(layers: Iterable[DeletedLayer]) -> list[Json]:
    """Return layers as JSON."""
    return [{"chain_id": each.chain_id, "image_id": each.image_id, "bytes": each.bytes} for each in layers]


def layers_from_json(fields: Fields) -> tuple[DeletedLayer, ...]:
    """Return the layers in the field ``layers``."""
    return tuple(
        DeletedLayer(
            chain_id=ChainId(each.text("chain_id")),
            image_id=ImageId(each.text("image_id")),
            bytes=each.maybe_number("bytes"),
        )
        for each in fields.objects("layers")
    )
