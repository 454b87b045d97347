"""What the audit channel is told of removals outside the bot: one message for all that went at once."""

from collections.abc import Sequence
from datetime import timedelta

from humanize import naturalsize

from bot.approval.notice import Notice, Parts
from bot.db.kept import KeptHost
from bot.images.ids import short
from bot.images.leaving import Left

NAMED = 3
"""Images that are named one by one."""
MANY = 5
"""Images that went at once as they do in a prune."""


def went_outside(host: str, left: Sequence[Left], *, pruned: bool) -> Notice:
    """Return the message about what left *host* by no request."""
    told = _named(left) if len(left) <= NAMED else _counted(left)
    return Notice(
        kind="left-outside",
        parts=(f"{told} {host} outside the bot, ", *_when(left), f"{_cause(left, pruned=pruned)}.{_freed(left)}"),
    )


def another_daemon(kept: KeptHost, fresh: KeptHost) -> Notice:
    """Return the message that a host cannot be held against what was known of it."""
    if kept.daemon_id == fresh.daemon_id:
        what = f"{fresh.host} keeps its images in its {fresh.store.value} store now, not in its {kept.store.value} one"
    else:
        what = f"Another Docker daemon ({fresh.daemon_id}) answers for {fresh.host} than before ({kept.daemon_id})"
    return Notice(
        kind="another-daemon",
        parts=(
            f"{what}. Whatever left the host since ",
            kept.at,
            " is not on record; I begin anew with what is there.",
        ),
    )


def _named(left: Sequence[Left]) -> str:
    return f"{', '.join(map(_one, left))} went from"


def _one(left: Left) -> str:
    if not left.deleted and not left.untagged:
        return f"layers of {', '.join(left.names) or short(left.image_id)}, which a container had kept,"
    if not left.deleted:
        return f"{', '.join(left.untagged)} (a name of {short(left.image_id)})"
    return f"{', '.join(left.names)} ({short(left.image_id)})" if left.names else f"image {short(left.image_id)}"


def _counted(left: Sequence[Left]) -> str:
    images = sum(each.deleted for each in left)
    names = sum(len(each.untagged) for each in left if not each.deleted)
    layers = sum(len(each.layers) for each in left if not each.deleted)
    parts = [f"{images} images"] * bool(images) + [f"{names} names of images that stay"] * bool(names)
    parts += [f"{layers} layers that containers had kept"] * bool(layers)
    return f"{' and '.join(parts)} went from"


def _when(left: Sequence[Left]) -> Parts:
    earliest, latest = min(each.earliest for each in left), max(each.latest for each in left)
    if any(each.earliest != each.latest for each in left):
        return ("some time between ", earliest, " and ", latest, ": nobody told me when")
    if latest - earliest < timedelta(seconds=1):
        return ("at ", latest)
    return ("in ", _span(latest - earliest), " from ", earliest, " on")


def _freed(left: Sequence[Left]) -> str:
    """Return what the layers took that went along; nothing where that is not known of any."""
    layers = [layer.bytes for each in left for layer in each.layers]
    known = [size for size in layers if size is not None]
    if not sum(known):
        return ""
    least = "at least " if len(known) < len(layers) else ""
    return f" That freed {least}{naturalsize(sum(known), format='%.1f').replace('.0 ', ' ')}."


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"  # noqa: PLR2004 -- two minutes


def _cause(left: Sequence[Left], *, pruned: bool) -> str:
    if pruned:
        return ": it was a prune"
    return ": looks like a prune" if sum(each.deleted for each in left) >= MANY else ""
