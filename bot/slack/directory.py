"""Who people are, as Slack says at this moment. Nothing is kept: authority is read when it matters."""

from collections.abc import Mapping

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.approval.authority import Member
from bot.approval.request import Person

log = structlog.get_logger()

NOT_OURS = "Only members of this workspace may use me."
_BOTS = ("is_bot", "is_workflow_bot", "is_connector_bot")
_GUESTS = ("is_restricted", "is_ultra_restricted", "is_invited_user")


class Directory:
    """The people and user groups of the workspace ``team_id``."""

    def __init__(self, client: WebClient, team_id: str) -> None:
        self._client = client
        self._team_id = team_id

    @property
    def team_id(self) -> str:
        """The workspace's ID."""
        return self._team_id

    def member(self, person: Person) -> Member:
        """Return what Slack says of *person* now; who cannot be looked up is none of ours."""
        if person.team_id != self._team_id:
            return Member(person=person, not_a_member=NOT_OURS)
        try:
            user = self._client.users_info(user=person.user_id).get("user")
        except (SlackApiError, SlackClientError, OSError) as error:
            log.warning("person not looked up", user=person.user_id, error=_name(error))
            return Member(person=person, not_a_member="Slack did not tell me who you are, so I did nothing. Try again.")
        return Member(person=person, not_a_member=why_not(user if isinstance(user, dict) else {}, self._team_id))

    def group(self, group_id: str) -> frozenset[str] | None:
        """Return the user IDs in a user group now; None where Slack does not say."""
        try:
            users = self._client.usergroups_users_list(usergroup=group_id).get("users")
        except (SlackApiError, SlackClientError, OSError) as error:
            log.warning("group not looked up", group=group_id, error=_name(error))
            return None
        if not isinstance(users, list) or not all(isinstance(user, str) for user in users):
            log.warning("group not looked up", group=group_id, error="no list of users")
            return None
        return frozenset(users)


def why_not(user: Mapping[str, object], team_id: str) -> str:
    """Return why a person may neither ask nor decide (docs.slack.dev/reference/objects/user-object), or nothing.

    ``is_app_user`` says nothing against a person: it marks those who once authorized the calling app for themselves.
    Slackbot is not ``is_bot``.
    """
    if user.get("team_id") != team_id or user.get("is_stranger"):
        return NOT_OURS
    if user.get("deleted"):
        return "Your account is deactivated, so you cannot use me."
    if any(user.get(bot) for bot in _BOTS) or user.get("id") == "USLACKBOT":
        return "Bots cannot use me."
    if any(user.get(guest) for guest in _GUESTS):
        return "Guests cannot use me. Ask a full member of this workspace."
    return ""


def _name(error: Exception) -> str:
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else type(error).__name__
