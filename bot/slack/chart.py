"""A period as a picture: bytes freed in each hour, day or week, a colour for each host; and the same in words.

Pillow has no charts, only lines and letters, and is a seventh of what a library with charts brings along
(``docs/dependencies.md``). It is loaded when the first picture is drawn.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.audit.course import DAY, HOUR, Course
from bot.slack import limits
from bot.slack.mrkdwn import count, cut, plain, size

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

WIDTH, HEIGHT, MARGIN = 800, 560, 20
LEFT, RIGHT, BOTTOM = 130, 785, 470
"""Where the bars stand, in pixels; they begin below the legend, which has as many lines as it needs."""
LARGE, SMALL, LINE_HEIGHT = 34, 27, 38
"""Heights of letters: on a telephone the picture is less than half as wide."""
MOST = 6
"""Hosts with a colour of their own."""
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F")
"""Told apart by people who see few colours too (Okabe and Ito, *Color Universal Design*); grey is the rest."""
INK, SOFT, LINE, GROUND = "#1d1c1d", "#5a595c", "#dddcde", "#ffffff"
"""The ground is white also where Slack is dark: a picture has one pair of colours for both."""
TICKS = 4
STEPS = (1, 2, 5)

Series = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """``most`` bytes are at ``top``, none at ``BOTTOM``."""

    top: int
    most: int

    def height(self, value: int) -> int:
        """Return where so many bytes are."""
        return BOTTOM - (BOTTOM - self.top) * value // self.most


def drawn(course: Course, period: str) -> bytes:
    """Return the picture, a PNG. *period* is the word for the period."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 -- 15 MB that a bot whom nobody asks for pictures does without

    image = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    sheet, series = ImageDraw.Draw(image), _series(course)
    _text(sheet, (MARGIN, 16), title(course, period), LARGE, INK)
    step = _step(max(course.sums))
    scale = _Scale(top=_legend(sheet, series), most=step * -(-max(course.sums) // step))
    _grid(sheet, step, scale)
    for at in range(len(course.starts)):
        _bar(sheet, at, len(course.starts), [freed[at] for _, freed in series], scale)
    _below(sheet, course)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def title(course: Course, period: str) -> str:
    """Return the headline of a picture."""
    return f"Freed in the last {period}: {size(sum(course.sums))}"


def alternative(course: Course, period: str) -> str:
    """Return in words what the picture shows."""
    hosts = ", ".join(f"{plain(host)} {size(sum(freed))}" for host, freed in _series(course))
    each = _each(course.span)
    most = max(course.sums)
    start = course.starts[course.sums.index(most)]
    empty = course.sums.count(0)
    told = (
        f"{title(course, period)}. A bar for each {each} (UTC), a colour for each host: {hosts}."
        f" The highest bar is {_name(start, course.span)} with {size(most)};"
        f" {count(empty, each)} of {len(course.starts)} had nothing."
    )
    return cut(told, limits.FILE_ALT_TEXT)


def _series(course: Course) -> Series:
    """Return the hosts that have a colour, and the rest as one."""
    rest = course.hosts[MOST:]
    if not rest:
        return course.hosts
    sums = tuple(sum(each) for each in zip(*(freed for _, freed in rest), strict=True))
    return (*course.hosts[:MOST], (f"{len(rest)} more", sums))


def _each(span: timedelta) -> str:
    return "hour" if span == HOUR else "day" if span == DAY else "week"


def _name(start: datetime, span: timedelta) -> str:
    """Return what a span is called where there is room for it."""
    if span == HOUR:
        return f"{start:%a %H:%M}"
    return f"{start:%a %d %b}" if span == DAY else f"the week of {start:%d %b}"


def _short(start: datetime, span: timedelta) -> str:
    return f"{start:%H:%M}" if span == HOUR else f"{start:%d %b}"


def _step(most: int) -> int:
    """Return the round number of bytes from one line to the next, so that there are few lines."""
    power = 1
    while True:
        for step in STEPS:
            if step * power * TICKS >= most:
                return step * power
        power *= 10


def _legend(sheet: ImageDraw.ImageDraw, series: Series) -> int:
    """Write which colour is which host, from the left to the right. Returns where there is room below it."""
    x, y, room = MARGIN, 66, 20 if len(series) <= 2 else 10  # noqa: PLR2004 -- so many long names stand beside each other
    for (host, freed), colour in zip(series, COLOURS, strict=False):
        text = f"{_fitting(host, room)} {size(sum(freed))}"
        wide = 52 + int(sheet.textlength(text, _font(SMALL)))
        if x + wide > WIDTH and x > MARGIN:
            x, y = MARGIN, y + LINE_HEIGHT
        sheet.rectangle((x, y + 4, x + 22, y + 26), fill=colour)
        _text(sheet, (x + 30, y), text, SMALL, INK)
        x += wide
    return y + LINE_HEIGHT + 24


def _fitting(host: str, room: int) -> str:
    """Return a host's name as the letters of the picture have it, which are few."""
    name = " ".join(plain(host).split()).encode("ascii", "replace").decode()
    return name if len(name) <= room else f"{name[: room - 1]}~"


def _grid(sheet: ImageDraw.ImageDraw, step: int, scale: _Scale) -> None:
    for value in range(0, scale.most + 1, step):
        y = scale.height(value)
        sheet.line((LEFT, y, RIGHT, y), fill=LINE, width=2)
        _text(sheet, (LEFT - 10, y), size(value) if value else "0", SMALL, SOFT, anchor="rm")


def _bar(sheet: ImageDraw.ImageDraw, at: int, of: int, values: list[int], scale: _Scale) -> None:
    """Draw the bar of one span: the hosts on each other, with a line of the ground between them."""
    wide = (RIGHT - LEFT) / of
    left, right = LEFT + wide * (at + 0.14), LEFT + wide * (at + 0.86)
    below = 0
    for value, colour in zip(values, COLOURS, strict=False):
        high, low = scale.height(below + value), scale.height(below)
        if value:
            sheet.rectangle((left, min(high, low - 2), right, low - 1), fill=colour)
            sheet.line((left, low - 1, right, low - 1), fill=GROUND, width=2 if below else 1)
        below += value


def _below(sheet: ImageDraw.ImageDraw, course: Course) -> None:
    """Write when the spans begin, as many as there is room for, and what a bar is."""
    wide = (RIGHT - LEFT) / len(course.starts)
    every = max(1, -(-int(sheet.textlength("00 Mmm ", _font(SMALL))) // max(1, int(wide))))
    for at, start in enumerate(course.starts[::every]):
        text = _short(start, course.span)
        x = min(LEFT + wide * (at * every + 0.5), WIDTH - sheet.textlength(text, _font(SMALL)) / 2 - 4)
        _text(sheet, (x, BOTTOM + 10), text, SMALL, SOFT, anchor="ma")
    _text(sheet, (RIGHT, HEIGHT - 42), f"one bar: one {_each(course.span)}, UTC", SMALL, SOFT, anchor="ra")


def _text(
    sheet: ImageDraw.ImageDraw, at: tuple[float, float], text: str, high: int, colour: str, anchor: str = "la"
) -> None:
    sheet.text(at, text, font=_font(high), fill=colour, anchor=anchor)


def _font(high: int) -> ImageFont.FreeTypeFont:
    """Return the letters that Pillow brings along: no font of the machine is needed."""
    from PIL import ImageFont  # noqa: PLC0415 -- as above

    found = ImageFont.load_default(high)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError("This Pillow was built without FreeType.")
    return found
