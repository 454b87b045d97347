"""The layers that containers hold of images that are gone: removed by force while the container was there.

overlay2 has a folder for each layer, and ``inspect`` tells those of an image and those of a container. A layer that is
held keeps its folder, and no other layer has it; one that goes and comes back may get another. So the folders of a
container are held against those of the images that are there, all of them asked for in the same inventory.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from docker import APIClient

from bot.dockerd import asking
from bot.dockerd.translate import Json
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Container, Image

DRIVER = "overlay2"
"""The storage driver that tells a folder for each layer."""
INIT = "-init/diff"
"""How the folder ends that every container has of its own, below what it writes."""


def resolved(
    client: APIClient, driver: str, images: Mapping[ImageId, Image], containers: Iterable[Container]
) -> tuple[Container, ...]:
    """Return the containers with what they hold of images that are gone, where that can be told."""
    if driver != DRIVER:
        return tuple(containers)
    folders = _Folders(client, images.values())
    return tuple(of if of.image_id in images else replace(of, holds=folders.held_by(of)) for of in containers)


class _Folders:
    """The folders of images, each layer's asked for once."""

    def __init__(self, client: APIClient, images: Collection[Image]) -> None:
        self._client = client
        self._images = images
        self._told: dict[ChainId, str] = {}

    def held_by(self, container: Container) -> tuple[ChainId, ...] | None:
        """Return the layers of images that the container has too, base first; None where the daemon does not tell.

        Whoever has a layer has those below it. So this goes up from the base: of the images that have the same layers
        so far, one is looked at for each layer that may come next.
        """
        folders = _of_container(asking.container(self._client, container.id))
        if folders is None:
            return None
        sharing: Sequence[Image] = list(self._images)
        held: list[ChainId] = []
        for folder in folders:
            sharing = [image for image in sharing if len(image.layers) > len(held)]
            nexts = {image.layers[len(held)]: image for image in sharing}
            told = {self._folder(chain, image): chain for chain, image in nexts.items()}
            if None in told:
                return None
            if folder not in told:
                break
            sharing = [image for image in sharing if image.layers[len(held)] == told[folder]]
            held.append(told[folder])
        return tuple(held)

    def _folder(self, chain: ChainId, image: Image) -> str | None:
        """Return the folder of a layer, which *image* has; None where the daemon does not tell."""
        if chain not in self._told:
            folders = _of_image(asking.image(self._client, image.id))
            if len(folders) == len(image.layers):
                self._told.update(zip(image.layers, folders, strict=True))
        return self._told.get(chain)


def _of_container(inspected: Json | None) -> Sequence[str] | None:
    """Return the folders of the layers below a container, base first; None where they are not told."""
    lower = _data(inspected).get("LowerDir")
    return [folder for folder in reversed(lower.split(":")) if not folder.endswith(INIT)] if lower else None


def _of_image(inspected: Json | None) -> Sequence[str]:
    """Return the folders of an image's layers, base first."""
    data = _data(inspected)
    layers = ":".join((data.get("UpperDir", ""), data.get("LowerDir", ""))).split(":")
    return [folder for folder in reversed(layers) if folder]


def _data(inspected: Json | None) -> Mapping[str, str]:
    driver = (inspected or {}).get("GraphDriver") or {}
    return driver.get("Data") or {} if driver.get("Name") == DRIVER else {}
