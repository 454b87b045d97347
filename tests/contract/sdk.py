"""Removals by the SDK, as the bot sends them."""

import pytest
from docker.errors import APIError, NullResource

from bot.dockerd.daemon import Daemon
from bot.images.removal import Outcome, Plan, Refusal, Refused, Removed, Step
from tests.daemons import RunningDaemon

STATUS = {400: Refusal.INVALID, 404: Refusal.NOT_FOUND, 409: Refusal.CONFLICT}


def removals(dockerd: RunningDaemon, daemon: Daemon, made: Plan) -> list[Outcome]:
    """Send every step of a plan, and return the answers.

    Where one is to be refused, both the word as typed and what would be sent in its place must be, in the same way.
    """
    return [_answer(dockerd, daemon, step) for step in made.steps]


def _answer(dockerd: RunningDaemon, daemon: Daemon, step: Step) -> Outcome:
    if isinstance(step.outcome, Removed):
        return daemon.remove(step.removal)
    refused = _refusal(dockerd, step, step.outcome)
    if step.removal.target is not None:
        sent = daemon.remove(step.removal)
        assert isinstance(sent, Refused), (step.removal, sent)
        assert sent.refusal is refused.refusal, step.removal
    return refused


def _refusal(dockerd: RunningDaemon, step: Step, predicted: Refused) -> Refused:
    removal, client = step.removal, dockerd.client
    if not removal.word:  # the SDK takes no empty word; the command line does
        with pytest.raises(NullResource):
            client.remove_image(removal.word)
        return predicted
    with pytest.raises(APIError) as answer:
        client.remove_image(removal.word, force=removal.force, noprune=not removal.prune)
    return Refused(refusal=STATUS[answer.value.status_code or 0], message=str(answer.value.explanation))
