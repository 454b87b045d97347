"""One bot serves one workspace. Events of another one are acknowledged and left.

Commands, clicks and forms are answered, whoever they are from: ``flows/receive.py`` turns people of other workspaces
away in words, and puts it on record.
"""

from collections.abc import Callable

import structlog
from slack_bolt import App, BoltResponse

from bot.slack.payloads import Payload

EVENT = "event_callback"

log = structlog.get_logger()


def only_ours(app: App, team_id: str) -> None:
    """Have *app* leave the events of every workspace but *team_id*. Call it before there are listeners."""

    @app.middleware
    def _ours(body: Payload, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002 -- Bolt goes by the name
        if body.get("type") == EVENT and body.get("team_id") != team_id:
            log.warning("event of another workspace left", team=body.get("team_id"))
            return BoltResponse(status=200)
        return next()
