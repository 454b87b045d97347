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
        new = [image for image in images if image.id not in self._of]
        try:
            told = beside.each(_history, new, store)
        except FAULTS:
            told = []
        found = {
            image.id: translate.layer_bytes(image, history, store) for image, history in told if history is not None
        }
        self._of = self._of | found
        self._all = self._all | _merged(found.values())
        return _merged(self._of.get(image.id, {}) for image in images)


def _history(client: APIClient, image: Image) -> Sequence[translate.Json] | None:
    return asking.history(client, image.id)


def _merged(sizes: Iterable[Mapping[ChainId, int]]) -> dict[ChainId, int]:
    return {chain: size for of in sizes for chain, size in of.items()}
