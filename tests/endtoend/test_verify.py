"""The record is changed under the running bot: it says so in Slack, stops, and goes on when a lead says so."""

from pathlib import Path

import sqlalchemy as sa

from bot.audit.chain import Verified, head_of
from bot.db import triggers
from bot.db.database import engine as opened_engine
from bot.db.tables import record
from bot.demo import settings
from bot.flows.verify import verified
from bot.playground.demo import simulated_daemon, workspace
from bot.service import Service
from bot.settings import HostTable
from tests.endtoend.team import APPROVALS, DANA, OLGA, People, Said, opened, until

AUDIT = "C0AUDIT"


def _tampered(engine: sa.Engine) -> None:
    """Change a removal record, with the triggers off, and switch them on again."""
    with engine.begin() as connection:
        triggers.drop(connection)
        connection.execute(record.update().where(record.c.number == 1).values(image_id="sha256:" + "0" * 64))
        triggers.create(connection)


def _told(people: People, words: str, user: str = OLGA, channel: str = APPROVALS) -> Said:
    """Return the newest message that has these words in it, when it is there."""

    def look() -> Said | None:
        return next((said for said in reversed(people.messages(user, channel)) if words in str(said)), None)

    return until(look)


def test_a_changed_record_stops_removals_until_a_lead_lets_them_go_on(tmp_path: Path) -> None:
    """From /img verify to the button; and when the bot ends, the head that it posts is the record's."""
    with simulated_daemon(tmp_path / "docker.sock") as daemon, workspace() as place:
        made = settings(place, {"web-3": HostTable(url=daemon)}, tmp_path)
        people, service = People(place.url), Service(made)
        service.start()
        assert service.wait_connected(30)
        people.press(OLGA, people.ask(DANA, "/img rm redis:7.2")[1], "img_approve")
        _told(people, "Finished")
        people.type(OLGA, "/img verify")
        _told(people, "Every event and every removal record is as it was written", channel="C0DEV")
        engine = opened_engine(str(made.environment.imgbot_database_url))
        _tampered(engine)
        people.type(OLGA, "/img verify")
        answer = _told(people, "Removal record 1 is not as it was written", channel="C0DEV")
        _told(people, "Nothing is removed until somebody who may decide", channel=AUDIT)
        people.press(OLGA, people.ask(DANA, "/img rm nginx")[1], "img_approve")
        _told(people, "Nothing is removed at present")
        people.press(OLGA, answer, "img_acknowledge")
        _told(people, "acknowledged that the record did not verify", channel=AUDIT)
        _told(people, "Finished")
        service.stop()
        posted = head_of(_told(people, "Checkpoint of the record", channel=AUDIT)["text"].split()[-1])
        store = opened(made)
        assert posted is not None
        with store.reading() as reading:
            found = verified(reading, since=posted)
        assert isinstance(found, Verified)
        assert found.count == 1, "the checkpoint itself is the only event after it"
        store.close()
        engine.dispose()
