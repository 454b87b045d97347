"""One bot serves one workspace. Events of another one are acknowledged and left.

Commands, clicks and forms are answered, whoever they are from: ``flows/receive.py`` turns people of other workspaces
away in words, and puts it on record.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_bolt import App, BoltResponse

from bot.slack.payloads import Payload

EVENT = "event_callback"

log = structlog.get_logger()


def only_ours(app: App, team_id: str) -> None:
    """Have *app* leave the events of every workspace but *team_id*. Call it before there are listeners.

    Slack says with everything whose workspace it is from. A server that has but one may not, and then it is *team_id*.
    """

    @app.middleware
    def _ours(body: dict[str, Any], next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002 -- Bolt goes by the name
        if not _says_team(body):
            body |= {"team_id": team_id, "team": {"id": team_id}}
        if body.get("type") == EVENT and body.get("team_id") != team_id:
            log.warning("event of another workspace left", team=body.get("team_id"))
            return BoltResponse(status=200)
        return next()


def _says_team(body: Payload) -> bool:
    """Whether a delivery says of which workspace it is, or the person whose doing it is."""
    team, user = body.get("team"), body.get("user")
    return bool(
        body.get("team_id")
        or (isinstance(team, Mapping) and team.get("id"))
        or (isinstance(user, Mapping) and user.get("team_id"))
    )
