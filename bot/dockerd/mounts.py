"""The images that containers have mounted, as far as the daemon tells (Docker 28 and later).

A list of containers has the name of a mounted image as it was typed. Which image that meant then is told by no call, so
it has to follow from what cannot have changed since.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from docker import APIClient

from bot.dockerd import asking
from bot.dockerd.clock import SECOND, nanoseconds
from bot.dockerd.translate import Json
from bot.images.ids import PREFIX, SHORT, ImageId, full_id, partial_id
from bot.images.inventory import Container, Image, Store
from bot.images.reference import Reference, parse, with_default_tag


class Mounted:
    """What the names of mounted images meant, where that is beyond doubt."""

    def __init__(self, client: APIClient, store: Store, images: Mapping[ImageId, Image]) -> None:
        self._client = client
        self._store = store
        self._images = images
        self._tagged: dict[ImageId, int | None] = {}

    def resolved(self, container: Container, listed: Json) -> Container:
        """Return *container*, whose entry in the list is *listed*, with the images of its mounts."""
        created = int(listed["Created"]) * SECOND
        mounts = (replace(mount, image_id=self._meant(mount.name, created)) for mount in container.mounts)
        return replace(container, mounts=tuple(mounts))

    def _meant(self, name: str, created: int) -> ImageId | None:
        """Return what *name* meant when a container was created (nanoseconds since 1970, or up to a second later).

        An ID in full means itself. So does a long beginning of one, where it is no name. A name may have moved: on the
        classic store a load or a pull moves it without a trace. containerd keeps the time, so there a name meant what
        it means now if the image that has it got none since. A digest is what the containerd store has for an ID.
        """
        if (image_id := full_id(name)) is not None:
            return image_id
        digits, reference = partial_id(name), parse(name)
        named = self._named.get(with_default_tag(reference)) if isinstance(reference, Reference) else None
        if digits is not None:
            return None if named or len(digits) < SHORT else self._only(digits)
        if self._store is not Store.CONTAINERD or not isinstance(reference, Reference):
            return None
        if reference.digest:
            return full_id(reference.digest)
        return named if named and self._named_before(named, created) else None

    @cached_property
    def _named(self) -> Mapping[Reference, ImageId]:
        return {reference: image.id for image in self._images.values() for reference in image.references}

    def _only(self, digits: str) -> ImageId | None:
        """Return the one image whose ID begins so."""
        matching = [image_id for image_id in self._images if image_id.startswith(PREFIX + digits)]
        return matching[0] if len(matching) == 1 else None

    def _named_before(self, image_id: ImageId, created: int) -> bool:
        """Whether an image got none of its names since a moment."""
        if image_id not in self._tagged:
            self._tagged[image_id] = _last_tagged(asking.image(self._client, image_id))
        tagged = self._tagged[image_id]
        return tagged is not None and tagged < created


def resolved(
    client: APIClient, store: Store, images: Mapping[ImageId, Image], containers: Iterable[tuple[Container, Json]]
) -> tuple[Container, ...]:
    """Return the containers, each given with its entry in the list, with the images of their mounts."""
    mounted = Mounted(client, store, images)
    return tuple(mounted.resolved(of, listed) if of.mounts else of for of, listed in containers)


def _last_tagged(inspected: Json | None) -> int | None:
    """Return when an image was given a name last, in nanoseconds since 1970; None where that is not told."""
    try:
        return nanoseconds(inspected["Metadata"]["LastTagTime"]) if inspected else None
    except (KeyError, TypeError, ValueError):
        return None
