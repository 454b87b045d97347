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
    """A person or a bot as ``users.info`` tells of them; ``title`` is what the page shows under the name.

    ``team_id`` is another workspace's for people of a shared channel. A guest is ``is_restricted``, and one of a single
    channel ``is_ultra_restricted`` as well; ``is_app_user`` is somebody who once authorized the app for themselves.
    """

    id: str
    name: str
    real_name: str
    title: str
    team_id: str = TEAM_ID
    is_bot: bool = False
    is_app_user: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_invited_user: bool = False
    is_stranger: bool = False
    deleted: bool = False


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
    """A user group: its handle without the ``@``, its members in order, and when it changed (seconds since 1970)."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]
    updated_at: int = 0


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
OTHERS = (
    Person(id="U0GUEST", name="gus", real_name="Gus", title="Guest", is_restricted=True),
    Person(
        id="U0GUEST1",
        name="gina",
        real_name="Gina",
        title="Guest of one channel",
        is_restricted=True,
        is_ultra_restricted=True,
    ),
    Person(id="U0INVITED", name="ivy", real_name="Ivy", title="Invited", is_invited_user=True),
    Person(id="U0LEFT", name="greg", real_name="Greg", title="Left", deleted=True),
    Person(id="U0ROBOT", name="robot", real_name="Robot", title="App", is_bot=True),
    Person(id="U0OTHER", name="otto", real_name="Otto", title="Works elsewhere", team_id="T0OTHER"),
    Person(id="U0STRANGER", name="stella", real_name="Stella", title="Stranger", is_stranger=True),
)
"""Those who may not use the app, one of each kind. The page offers none of them; tests act as them."""
EVERYBODY = frozenset(person.id for person in PEOPLE)

GROUPS = (UserGroup(id="S0OPSLEADS", handle="ops-leads", name="Ops leads", members=("U0LEAD", "U0LEAD2")),)


def channels() -> tuple[Channel, ...]:
    """Return the channels and, for each person, the direct message with the bot.

    The bot is in every channel but #random, so that "not_in_channel" can be met.
    """
    with_bot = EVERYBODY | {BOT} | {person.id for person in OTHERS}
    return (
        Channel(id="C0DEV", name="dev", topic="Where the developers talk", members=with_bot),
        Channel(id="C0APPROVALS", name="img-approvals", topic="Requests to remove images", members=with_bot),
        Channel(id="C0AUDIT", name="audit", topic="What was removed, for the record", members=with_bot),
        Channel(id="C0RANDOM", name="random", topic="imgbot is not in here", members=EVERYBODY),
        *(direct(person) for person in (*PEOPLE, *OTHERS)),
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
