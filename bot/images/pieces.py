"""What our own steps took from a host, and what they may have taken."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.images.ids import ChainId, ImageId
from bot.images.reference import InvalidReference, parse
from bot.images.removal import DeletedImage, DeletedLayer, Record, Untagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Names with the images that lost them, images, and layers."""

    names: frozenset[tuple[str, ImageId]] = frozenset()
    images: frozenset[ImageId] = frozenset()
    layers: frozenset[ChainId] = frozenset()

    def __or__(self, other: "Pieces") -> "Pieces":
        """Return what is in either."""
        return Pieces(
            names=self.names | other.names, images=self.images | other.images, layers=self.layers | other.layers
        )


def pieces(records: Iterable[Record]) -> Pieces:
    """Return what these records tell of."""
    all_of_them = tuple(records)
    untagged = [record for record in all_of_them if isinstance(record, Untagged)]
    return Pieces(
        names=frozenset((name, record.image_id) for record in untagged for name in spellings(record.reference)),
        images=frozenset(record.image_id for record in all_of_them if isinstance(record, DeletedImage)),
        layers=frozenset(record.chain_id for record in all_of_them if isinstance(record, DeletedLayer)),
    )


def spellings(name: str) -> frozenset[str]:
    """Return the names that a list may have for one in a daemon's record.

    Of ``name:tag@digest`` the classic store loses the digest, and the containerd store the tag.
    """
    reference = parse(name)
    if isinstance(reference, InvalidReference) or not (reference.tag and reference.digest):
        return frozenset({name})
    repository = reference.familiar_repository
    return frozenset({f"{repository}:{reference.tag}", f"{repository}@{reference.digest}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What our steps did, since a look at the host.

    ``done`` is what they took. ``strayed`` are names that another image had by the time of the call. ``under_way`` is
    what steps without an outcome may take or have taken, and ``begun`` the images that they are about: anything of
    those. ``unclear`` is what steps may have taken of which nobody will know any more. ``times`` counts how often an
    image was deleted.
    """

    done: Pieces = Pieces()
    strayed: frozenset[str] = frozenset()
    under_way: Pieces = Pieces()
    begun: frozenset[ImageId] = frozenset()
    unclear: Pieces = Pieces()
    times: Mapping[ImageId, int] = field(default_factory=lambda: MappingProxyType(Counter()))

    @property
    def layers(self) -> frozenset[ChainId]:
        """The layers that our steps took or may have taken, as far as the daemon tells of layers."""
        return self.done.layers | self.under_way.layers | self.unclear.layers

    def untagged(self, name: str, image_id: ImageId) -> bool:
        """Whether a step of ours took, or may have taken, a name from an image."""
        pair = (name, image_id)
        return pair in self.done.names or pair in self.unclear.names or name in self.strayed

    def may_untag(self, name: str, image_id: ImageId) -> bool:
        """Whether that is still open."""
        if (name, image_id) in self.done.names:
            return False
        return image_id in self.begun or (name, image_id) in self.under_way.names

    def deleted(self, image_id: ImageId) -> bool:
        """Whether a step of ours deleted an image, or may have."""
        return image_id in self.done.images or image_id in self.unclear.images

    def may_delete(self, image_id: ImageId) -> bool:
        """Whether that is still open."""
        return image_id not in self.done.images and (image_id in self.begun or image_id in self.under_way.images)

    def times_deleted(self, image_id: ImageId) -> int:
        """Return how often steps of ours deleted an image, or may have."""
        return self.times.get(image_id, 0) + (image_id in self.unclear.images)
