"""How large layers are. A layer never changes, so an image's history is asked for once."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from docker import APIClient

from bot.dockerd import asking, translate
from bot.dockerd.beside import Beside
from bot.dockerd.faults import FAULTS
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Image, Store


class Sizes:
    """The layers of one daemon's images that were measured so far."""

    def __init__(self) -> None:
        self._of: dict[ImageId, Mapping[ChainId, int]] = {}  # nothing where the history does not tell
        self._all: dict[ChainId, int] = {}

    def of(self, images: Collection[ImageId]) -> Mapping[ChainId, int]:
        """Return every size that is known. Those of images that are not among these any more are forgotten."""
        if any(image_id not in images for image_id in self._of):
            self._of = {image_id: of for image_id, of in self._of.items() if image_id in images}
            self._all = _merged(self._of.values())
        return dict(self._all)

    def measure(self, beside: Beside, images: Sequence[Image], store: Store) -> Mapping[ChainId, int]:
        """Return the sizes of the layers of these images, where they can be told."""
        known = dict(self._all)

        def measured(client: APIClient, image: Image) -> Mapping[ChainId, int] | None:
            told = _following(image, known, store) or _asked(client, image, store)
            known.update(told or {})
            return told

        new = [image for image in images if image.id not in self._of]
        try:
            found = {image.id: told for image, told in beside.each(measured, new, store) if told is not None}
        except FAULTS:
            found = {}
        self._of = self._of | found
        self._all = self._all | _merged(found.values())
        return _merged(self._of.get(image.id, {}) for image in images)


def _following(image: Image, known: Mapping[ChainId, int], store: Store) -> Mapping[ChainId, int] | None:
    """Return the sizes of an image's layers where they follow from *known* ones; None where they do not.

    On the classic store, where they add up to the image's size, one may be missing.
    """
    missing = [chain for chain in image.layers if chain not in known]
    if not missing:
        return {chain: known[chain] for chain in image.layers}
    left = image.size - sum(known.get(chain, 0) for chain in image.layers)
    if store is not Store.CLASSIC or len(missing) > 1 or left < 0:
        return None
    return {chain: known.get(chain, left) for chain in image.layers}


def _asked(client: APIClient, image: Image, store: Store) -> Mapping[ChainId, int] | None:
    """Return the sizes from an image's history; nothing where it does not tell, None where the image is gone."""
    history = asking.history(client, image.id)
    return None if history is None else translate.layer_bytes(image, history, store)


def _merged(sizes: Iterable[Mapping[ChainId, int]]) -> dict[ChainId, int]:
    return {chain: size for of in sizes for chain, size in of.items()}
