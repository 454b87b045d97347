"""Every message in every state, by name: what the goldens show and the property tests are held to.

Each has an example, a value of our own, and what draws it. A new state, event, answer, form or notice has to be here:
``tests/slack/test_catalogue.py`` fails without it, and without any function of ``bot/slack`` that draws something.

    .venv/bin/python -m tests.slack.catalogue      writes the goldens (make golden); read what git shows then
"""

from tests.slack.catalogue.drawn import Entry, Made
from tests.slack.catalogue.fleets import FLEET_ENTRIES
from tests.slack.catalogue.forms import FORMS
from tests.slack.catalogue.homes import HOMES
from tests.slack.catalogue.notices import NOTICES
from tests.slack.catalogue.replies import REPLIES
from tests.slack.catalogue.requests import REQUESTS

CATALOGUE: dict[str, Entry] = {
    entry.name: entry for entry in (*REQUESTS, *FLEET_ENTRIES, *REPLIES, *FORMS, *HOMES, *NOTICES)
}

__all__ = ["CATALOGUE", "Entry", "Made"]
