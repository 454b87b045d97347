"""Who is in the workspace, and where they meet."""

from dataclasses import dataclass

TEAM_ID = "T0DEMO"
TEAM_DOMAIN = "playground"
TEAM_NAME = "Playground"
APP_ID = "A0IMGBOT"
BOT_ID = "B0IMGBOT"
BOT = "U0IMGBOT"
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of the workspace; ``title`` is what the page shows under the name."""

    id: str
    name: str
    real_name: str
    title: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel, or a direct message with the bot, whose person is then ``of``."""

    id: str
    name: str
    topic: str
    members: frozenset[str]
    of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """A user group: its handle without the ``@``, and its members in order."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]


PEOPLE = (
    Person(id="U0DEV", name="dana", real_name="Dana", title="Developer"),
    Person(id="U0LEAD", name="olga", real_name="Olga", title="Ops lead"),
    Person(id="U0LEAD2", name="omar", real_name="Omar", title="Ops lead"),
    Person(id="U0SAM", name="sam", real_name="Sam", title="Not a lead"),
)
BOTS = (
    Person(id=BOT, name="imgbot", real_name="imgbot", title="App", is_bot=True),
    Person(id=SLACKBOT, name="slackbot", real_name="Slackbot", title="Slackbot", is_bot=True),
)
EVERYBODY = frozenset(person.id for person in PEOPLE)

GROUPS = (UserGroup(id="S0OPSLEADS", handle="ops-leads", name="Ops leads", members=("U0LEAD", "U0LEAD2")),)


def channels() -> tuple[Channel, ...]:
    """Return the channels and, for each person, the direct message with the bot.

    The bot is in every channel but #random, so that "not_in_channel" can be met.
    """
    with_bot = EVERYBODY | {BOT}
    return (
        Channel(id="C0DEV", name="dev", topic="Where the developers talk", members=with_bot),
        Channel(id="C0APPROVALS", name="img-approvals", topic="Requests to remove images", members=with_bot),
        Channel(id="C0AUDIT", name="audit", topic="What was removed, for the record", members=with_bot),
        Channel(id="C0RANDOM", name="random", topic="imgbot is not in here", members=EVERYBODY),
        *(direct(person) for person in PEOPLE),
    )


def direct(person: Person) -> Channel:
    """Return the direct message between *person* and the bot."""
    return Channel(
        id="D" + person.id.removeprefix("U"),
        name="directmessage",
        topic=f"{person.real_name} and imgbot",
        members=frozenset({person.id, BOT}),
        of=person.id,
    )
