"""Whatever we and others remove, and whenever the host is looked at: each thing that left is told of once."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.images.ids import ChainId, ContainerId, ImageId
from bot.images.inventory import Container, ContainerState, Image, Inventory, Store
from bot.images.leaving import Known, Left, Told, between, departures, known_of
from bot.images.pieces import Ours, Pieces, pieces
from bot.images.reference import Reference, parse
from bot.images.removal import DeletedImage, DeletedLayer, Record, Untagged

START = datetime(2026, 3, 1, tzinfo=UTC)
IMAGES = tuple(ImageId(f"sha256:{n:064x}") for n in range(1, 6))
LAYERS = {
    image: tuple(ChainId(f"sha256:{n:060x}cafe") for n in (0, i % 2 + 1, i + 3)) for i, image in enumerate(IMAGES)
}


def named(name: str) -> Reference:
    """Return a name as a reference."""
    found = parse(name)
    assert isinstance(found, Reference)
    return found


@dataclass
class Host:
    """A classic store in a few lines: names by image, and the layers that somebody has."""

    names: dict[ImageId, set[str]] = field(default_factory=lambda: {i: {f"n{i[-1]}:1", f"n{i[-1]}:2"} for i in IMAGES})
    used: set[ImageId] = field(default_factory=set)
    told: list[Told] = field(default_factory=list)
    now: datetime = START

    def inventory(self) -> Inventory:
        """Return what is there."""
        images = {
            i: Image(id=i, references=tuple(map(named, sorted(names))), layers=LAYERS[i], size=7)
            for i, names in self.names.items()
        }
        containers = tuple(
            Container(id=ContainerId(i[7:]), name="", image_id=i, state=ContainerState.EXITED)
            for i in sorted(self.used)
        )
        return Inventory(
            host="h",
            daemon_id="d",
            store=Store.CLASSIC,
            version="28",
            taken_at=0,
            images=images,
            containers=containers,
        )

    def layers(self) -> set[ChainId]:
        """Return the layers that are there."""
        return {chain for i in {*self.names, *self.used} for chain in LAYERS[i]}

    def remove(self, image_id: ImageId, *, all_names: bool) -> list[Record]:
        """Take the first name of an image, or all of it, and return what the daemon answers."""
        self.now += timedelta(seconds=1)
        had, names = self.layers(), sorted(self.names[image_id])
        gone = names if all_names else names[:1]
        self.names[image_id] -= set(gone)
        records: list[Record] = [Untagged(reference=name, image_id=image_id) for name in gone]
        self.told += [Told(at=self.now, action="untag", image_id=image_id, name=image_id) for _ in gone]
        if not self.names[image_id]:
            del self.names[image_id]
            records.append(DeletedImage(image_id=image_id))
            self.told.append(Told(at=self.now, action="delete", image_id=image_id, name=image_id))
        went = [chain for chain in reversed(LAYERS[image_id]) if chain in had - self.layers()]
        return [*records, *(DeletedLayer(chain_id=chain, image_id=image_id) for chain in went)]


def things(records: list[Record]) -> Counter[str]:
    """Return what went, as words."""
    return Counter(
        r.reference if isinstance(r, Untagged) else r.chain_id if isinstance(r, DeletedLayer) else r.image_id
        for r in records
    )


def of(left: list[Left]) -> Counter[str]:
    """Return what was told of as left, likewise."""
    found = Counter[str]()
    for each in left:
        found.update([*each.untagged, *[each.image_id] * each.deleted, *(layer.chain_id for layer in each.layers)])
    return found


class Watching:
    """Looks at a host, and knows of our steps what the record would: begun, done, or that nobody knows."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.since = host.now
        self.known: dict[ImageId, Known] = {i: known_of(image, {}) for i, image in host.inventory().images.items()}
        self.ours = Ours()
        self.left: list[Left] = []
        self.derived: list[Record] = []

    def look(self, *, heard: bool) -> None:
        """Hold the host against what was known."""
        told = self.host.told if heard else []
        found = departures(self.known, self.host.inventory(), self.ours, between(self.since, self.host.now, told))
        self.left += found.left
        self.derived += found.layers
        self.known = dict(found.known)
        self.since, self.host.told = self.host.now, []
        self.ours = replace(self.ours, done=Pieces(), times={})

    def begins(self, image_id: ImageId, predicted: list[Record]) -> None:
        """Take a step to have begun."""
        self.ours = replace(self.ours, under_way=pieces(predicted), begun=frozenset({image_id}))

    def ends(self, records: list[Record]) -> None:
        """Take it to be done."""
        done = self.ours.done | pieces(records)
        self.ours = replace(self.ours, under_way=Pieces(), begun=frozenset(), done=done)


OPERATIONS = st.tuples(
    st.sampled_from(["ours", "ours, looked at", "others", "use", "unuse", "look", "deaf look"]),
    st.sampled_from(IMAGES),
    st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(OPERATIONS, max_size=14))
def test_each_thing_is_told_of_once(operations: list[tuple[str, ImageId, bool]]) -> None:
    """Names, images and layers that others took are told of once each, and none that our steps took.

    Layers that a container kept, of an image that a step took, go by others' doing; they may be told of as the step's.
    """
    host = Host()
    watching = Watching(host)
    others = Counter[str]()
    for what, image_id, whole in [*operations, ("look", IMAGES[0], True)]:
        there = image_id in host.names
        match what:
            case "ours" | "ours, looked at" if there:
                watching.begins(image_id, [])
                records = host.remove(image_id, all_names=whole)
                if what != "ours":
                    watching.look(heard=whole)
                watching.ends(records)
            case "others" if there:
                others += things(host.remove(image_id, all_names=whole))
            case "use" if there:
                host.used.add(image_id)
            case "unuse":
                had = host.layers()
                host.used.discard(image_id)
                others += Counter(had - host.layers())
            case "look" | "deaf look":
                watching.look(heard=what == "look")
    assert of(watching.left) + things(watching.derived) == others
    assert all(each.earliest <= each.latest for each in watching.left)


def test_what_a_layer_took_is_not_forgotten() -> None:
    """A look that has not measured keeps the sizes of an earlier one, until the layers leave."""
    host = Host()
    sizes = {chain: number for number, layers in enumerate(LAYERS.values(), start=1) for chain in layers}
    known = {i: known_of(image, sizes) for i, image in host.inventory().images.items()}
    unmeasured = departures(known, host.inventory(), Ours(), between(START, START, ()))
    assert unmeasured.known == known
    host.remove(IMAGES[0], all_names=True)
    (left,) = departures(unmeasured.known, host.inventory(), Ours(), between(START, START, ())).left
    assert [(layer.chain_id, layer.bytes) for layer in left.layers] == [(LAYERS[IMAGES[0]][2], 1)]
