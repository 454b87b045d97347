"""Who people are, as Slack says at this moment. Nothing is kept: authority is read when it matters."""

from collections.abc import Mapping

import structlog
from slack_sdk import WebClient

from bot.approval.authority import Member
from bot.approval.request import Person
from bot.slack.faults import FAULTS, warn

log = structlog.get_logger()

NOT_OURS = "Only members of this workspace may use me."
NOT_TOLD = "Slack did not tell me who you are, so I did nothing. Try again."
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
        except FAULTS as error:
            warn("person not looked up", error, user=person.user_id)
            return Member(person=person, not_a_member=NOT_TOLD)
        if not isinstance(user, dict) or user.get("id") != person.user_id:
            log.warning("person not looked up", user=person.user_id, error="an answer about nobody, or another person")
            return Member(person=person, not_a_member=NOT_TOLD)
        return Member(person=person, not_a_member=why_not(user, self._team_id))

    def group(self, group_id: str) -> frozenset[str] | None:
        """Return the user IDs in a user group now; None where Slack does not say."""
        try:
            users = self._client.usergroups_users_list(usergroup=group_id).get("users")
        except FAULTS as error:
            warn("group not looked up", error, group=group_id)
            return None
        if not isinstance(users, list) or not all(isinstance(user, str) for user in users):
            log.warning("group not looked up", group=group_id, error="no list of users")
            return None
        return frozenset(users)


def why_not(user: Mapping[str, object], team_id: str) -> str:
    """Return why a person may neither ask nor decide (docs.slack.dev/reference/objects/user-object), or nothing.

    ``is_app_user`` says nothing against a person: it marks those who once authorized the calling app for themselves.
    Slackbot is not ``is_bot``. A server may leave out what Slack says of everybody: where no team is said it is that of
    our token, and a mark that is missing is not there. Who has no ID is nobody.
    """
    if not user.get("id"):
        return NOT_TOLD
    if (user.get("team_id") or team_id) != team_id or user.get("is_stranger"):
        return NOT_OURS
    if user.get("deleted"):
        return "Your account is deactivated, so you cannot use me."
    if any(user.get(bot) for bot in _BOTS) or user.get("id") == "USLACKBOT":
        return "Bots cannot use me."
    if any(user.get(guest) for guest in _GUESTS):
        return "Guests cannot use me. Ask a full member of this workspace."
    return ""
