"""The bot at work on a host that others clean up meanwhile: everything that left is on record, each by whom it went."""

import threading

from bot.approval.request import State
from bot.audit.query import HistoryRecord, Query
from bot.demo import AUDIT
from tests.daemons import RunningDaemon
from tests.endtoend.team import DANA, OLGA, Team, recorded_lines, until
from tests.worlds import BUSYBOX, Build, load

EACH = 12


def test_both_at_once(dockerd: RunningDaemon, at_work: Team) -> None:
    """Dana's request removes half of the images while somebody removes the rest by hand: all is on record, once."""
    builds = [(f"ours{n}:1", f"ours{n}:2") for n in range(EACH)] + [(f"theirs{n}:1",) for n in range(EACH)]
    load(dockerd.client, *(Build(tags=tags, layers=[BUSYBOX, tags[0]]) for tags in builds))
    until(lambda: _looked(at_work, len(builds)))
    _, message = at_work.people.ask(DANA, "/img rm " + " ".join(tag for tags in builds[:EACH] for tag in tags))
    answers = list[dict[str, str]]()

    def by_hand() -> None:
        for tags in builds[EACH:]:
            answers.extend(dockerd.client.remove_image(tags[0]))

    others = threading.Thread(target=by_hand)
    first = iter([others])  # of several removals at once, one has it

    def begin() -> None:
        for thread in first:
            thread.start()

    at_work.tap.before_removal = begin
    at_work.people.press(OLGA, message, "img_approve")
    at_work.reaches(1, State.FINISHED, State.INTERRUPTED)
    others.join()
    told = sorted(f"{key}: {value}" for answer in answers for key, value in answer.items())
    until(lambda: len(_outside(at_work)) >= len(told))
    assert sorted(recorded_lines(_outside(at_work))) == told
    assert sorted(recorded_lines(at_work.records(1))) == sorted(at_work.tap.lines())
    until(lambda: "outside the bot" in str(at_work.people.messages(OLGA, AUDIT)))


def _looked(team: Team, images: int) -> bool:
    with team.store.reading() as reading:
        kept = reading.kept_host("web-3")
    return kept is not None and len(kept.images) == images


def _outside(team: Team) -> tuple[HistoryRecord, ...]:
    with team.store.reading() as reading:
        return tuple(record for record in reading.history(Query(), limit=1000) if record.via == "external")
