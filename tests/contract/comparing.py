"""What was predicted, what the SDK was answered, and what the command line printed, made comparable."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import docker
import pytest
from docker.errors import APIError

from bot.dockerd.daemon import Daemon
from bot.images.inventory import Inventory
from bot.images.predict import Printed, Wanted, plan, printed
from bot.images.removal import (
    Certainty,
    DeletedLayer,
    Plan,
    Record,
    Refusal,
    Refused,
    Removed,
    Step,
    Unknown,
    line,
)

STATUS = {400: Refusal.INVALID, 404: Refusal.NOT_FOUND, 409: Refusal.CONFLICT}

_LOOSE = (
    (re.compile(r"container [0-9a-f]{12}"), "container *"),  # of several that use an image, Docker names any
    (re.compile(r"repository name \([^)]*\) must"), "repository name must"),  # 20.10 does not repeat the name
    (re.compile(r"^Error: No such image"), "Error response from daemon: No such image"),  # the 20.10 command line
)


def planned(daemon: Daemon, words: Sequence[str], *, force: bool, prune: bool) -> Plan:
    """Return what is predicted of removing *words* now."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory), inventory.why
    made = plan(inventory, Wanted(words=words, force=force, prune=prune))
    assert isinstance(made, Plan), made
    return made


def loosely(text: str) -> str:
    """Return a message without what differs from daemon to daemon, and from call to call."""
    for pattern, replacement in _LOOSE:
        text = pattern.sub(replacement, text)
    return text


def carry_out(daemon: Daemon, client: docker.APIClient, made: Plan) -> None:
    """Send every step, and hold each answer against what was predicted of it."""
    for step in made.steps:
        if isinstance(step.outcome, Refused):
            _is_refused(daemon, client, step, step.outcome)
        else:
            _is_removed(daemon, step, step.outcome)


def _is_refused(daemon: Daemon, client: docker.APIClient, step: Step, predicted: Refused) -> None:
    """See that both the word as typed and what would be sent in its place are refused as predicted."""
    with pytest.raises(APIError) as answer:
        client.remove_image(step.removal.word, force=step.removal.force, noprune=not step.removal.prune)
    typed = Refused(refusal=STATUS[answer.value.status_code or 0], message=str(answer.value.explanation))
    assert (typed.refusal, loosely(typed.message)) == (predicted.refusal, loosely(predicted.message)), step.removal
    if step.removal.target is not None:
        outcome = daemon.remove(step.removal)
        assert isinstance(outcome, Refused), (step.removal, outcome)
        assert outcome.refusal is predicted.refusal


def _is_removed(daemon: Daemon, step: Step, predicted: Removed | Unknown) -> None:
    outcome = daemon.remove(step.removal)
    assert isinstance(outcome, Removed), (step.removal, outcome)
    assert isinstance(predicted, Removed)
    actual, awaited = _unsized(outcome.records), _unsized(predicted.records)
    if step.certainty is Certainty.AT_MOST:
        awaited = [record for record in awaited if not isinstance(record, DeletedLayer) or record in actual]
    assert actual == awaited, step.removal


def _unsized(records: Sequence[Record]) -> list[Record]:
    """Return records without sizes: Docker names layers, and never says how large."""
    return [replace(record, bytes=None) if isinstance(record, DeletedLayer) else record for record in records]


def command_line(url: str, words: Sequence[str], *, force: bool, prune: bool, home: Path) -> Printed:
    """Return what ``docker image rm`` prints."""
    program = shutil.which("docker")
    if program is None:
        pytest.skip("the docker command is not installed: what it prints is not compared")
    options = [*(["--force"] if force else []), *([] if prune else ["--no-prune"])]
    ran = subprocess.run(
        [program, "--host", url, "image", "rm", *options, "--", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Printed(
        stdout=tuple(ran.stdout.splitlines()), stderr=tuple(ran.stderr.splitlines()), exit_code=ran.returncode
    )


def alike(made: Printed) -> Printed:
    """Return what was printed, made comparable."""
    return replace(made, stderr=tuple(loosely(message) for message in made.stderr))


def expected(made: Plan, actual: Printed) -> Printed:
    """Return what is predicted to be printed, without the layers that were *at most* to go and did not."""
    records = [record for step in made.steps if isinstance(step.outcome, Removed) for record in step.outcome.records]
    layers = {line(record) for record in records if isinstance(record, DeletedLayer)}
    doubtful = layers if any(step.certainty is Certainty.AT_MOST for step in made.steps) else set()
    predicted = printed(made)
    lines = [text for text in predicted.stdout if text not in doubtful or text in actual.stdout]
    return alike(replace(predicted, stdout=tuple(lines)))
