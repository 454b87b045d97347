"""A running bot looks at its surroundings, and leads see on the Home tab what is not as it should be."""

import json
from pathlib import Path

import pytest

from bot import examining
from tests.playground.driving import Driver, eventually
from tests.web.asking import bot


def test_leads_see_it_and_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tab that is open is drawn again once something was found."""
    monkeypatch.setattr(examining, "FIRST", 0.0)
    with bot(tmp_path) as at_work:
        people = Driver(at_work.place.url)
        for user in ("U0LEAD", "U0DEV"):
            people.do("home", user=user)

        def home(user: str) -> str:
            return json.dumps(people.state(user)["home"], ensure_ascii=False)

        eventually(lambda: home("U0LEAD"), lambda seen: "Health" in seen)
        assert "No command of late" in home("U0LEAD")
        eventually(lambda: home("U0DEV"), lambda seen: "Remove images" in seen)
        assert "Health" not in home("U0DEV")
