"""Removals that can be undone, on real daemons.

With its guard there each answers as planned; undone, every tag is back on the same image; reclaimed, what was predicted
is gone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from bot.app import now
from bot.approval.events import Event
from bot.approval.lifecycle import Illegal
from bot.approval.policy import Policy, Rule
from bot.approval.request import Needs, Request, State, Window
from bot.approval.undo_events import ReclaimBegun, UndoBegun
from bot.dockerd.daemon import Daemon
from bot.images.drift import as_planned
from bot.images.guards import KEPT, is_guard, is_guard_name
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.layers import deleted_images
from bot.images.removal import Outcome, Part, Plan, Removed, Step, Untagged
from bot.images.restoral import PutBack
from tests.carrying import DANA, OLGA, Bot, all_as_planned, bot
from tests.contract import chance
from tests.contract.chance_worlds import world
from tests.contract.making import make
from tests.contract.playing import Stage
from tests.contract.scenarios import SCENARIOS
from tests.contract.scenarios.scenario import Scenario
from tests.contract.words import Typed, Way, worded
from tests.daemons import RunningDaemon

NEEDS = Needs(count=1, approvers=(OLGA.user_id,), rule="kept", undo=timedelta(hours=24))
KEEPS = Policy(rules=(Rule(name="kept", approvers=NEEDS.approvers, undo=NEEDS.undo),))


@pytest.fixture
def at_work(daemon: Daemon, tmp_path: Path) -> Iterator[Bot]:
    """Give a bot over the dockerd; afterwards its record must verify."""
    with bot(daemon, tmp_path, KEEPS) as made:
        yield made


def planned(at_work: Bot, command: Typed) -> Plan | None:
    """Return the plan of a command that can be undone.

    None where nothing can be removed so that it can be put back, and where Docker may refuse it.
    """
    plain = at_work.plan(command.words, force=command.force, prune=command.prune)
    assert isinstance(plain, Plan), plain.why
    if not plain.removes or any(step.doubtful(Part.OUTCOME) for step in plain.steps):
        return None
    plan = at_work.remove.planner.under(plain, NEEDS)
    assert isinstance(plan, Plan), plan.why
    return plan if plan.removes else None


def carried_out(at_work: Bot, plan: Plan) -> Request:
    """Have a plan asked for, approved and carried out: every step is as planned."""
    request = at_work.approved(plan)
    assert at_work.remove.next(), at_work.request(request.id).closing
    done = at_work.request(request.id)
    assert (done.state, all_as_planned(done)) == (State.FINISHED, True), done.closing
    return done


def ended(at_work: Bot, request: Request, event: Event) -> Request:
    """Press a button, and see to what it begins."""
    with at_work.store.transaction() as tx:
        assert not isinstance(tx.record(request, event), Illegal)
    (undoing,) = at_work.made.undoing
    undoing.due()
    return at_work.request(request.id)


def held(daemon: Daemon) -> Inventory:
    """Return what the daemon holds."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    return inventory


def tags(inventory: Inventory) -> Mapping[str, ImageId]:
    """Return what each tag names, but for those that take the place of guards."""
    found = {r.familiar: i for i, image in inventory.images.items() for r in image.references if r.digest is None}
    return {name: image_id for name, image_id in found.items() if not name.startswith(KEPT)}


def is_as_planned(step: Step, outcome: Outcome | None) -> bool:
    """Whether what came of a guard is what was planned, but for the guard's own name."""
    assert isinstance(step.outcome, Removed)
    bare = tuple(r for r in step.outcome.records if not (isinstance(r, Untagged) and is_guard_name(r.reference)))
    return isinstance(outcome, Removed) and as_planned(replace(step, outcome=Removed(records=bare)), outcome)


def undone_and_reclaimed(at_work: Bot, daemon: Daemon, command: Typed) -> None:
    """Do a command, undo it, do it once more, and reclaim what it kept."""
    plan = planned(at_work, command)
    if plan is None:
        return
    before = held(daemon)
    request = carried_out(at_work, plan)
    assert set(held(daemon).images) == set(before.images)
    request = ended(at_work, request, UndoBegun(at=now(), owner="bot:1", by=DANA))
    assert request.undo
    assert request.undo.window is Window.UNDONE
    after = held(daemon)
    refused = {name for name in tags(before) if any(f"{name} is not put back: " in left for left in request.undo.left)}
    assert all("sha256" in name for name in refused)  # Docker tags nothing by such a name
    assert tags(after) == {name: i for name, i in tags(before).items() if name not in refused}
    assert set(after.images) == set(before.images)
    again = planned(at_work, command)
    if again is None:  # it was about a digest, which does not come back by an undo, or is in doubt by now
        return
    reclaimed(at_work, daemon, again)


def reclaimed(at_work: Bot, daemon: Daemon, plan: Plan) -> None:
    """Do a plan and reclaim what it kept: the predicted lines came.

    And no more is gone than was approved, nor than the same words would take without an undo.
    """
    before, plain = held(daemon), at_work.remove.planner.plainly(plan)
    assert isinstance(plain, Plan)
    request = ended(at_work, carried_out(at_work, plan), ReclaimBegun(at=now(), owner="bot:1", by=OLGA))
    assert request.undo
    assert request.undo.window is Window.RECLAIMED
    for step, state in zip(plan.reclaims, request.undo.reclaims, strict=True):
        assert not isinstance(state.outcome, PutBack)
        assert step.doubtful(Part.OUTCOME) or is_as_planned(step, state.outcome), (step.outcome, state)
    after = held(daemon)
    assert not any(is_guard(r) for image in after.images.values() for r in image.references)
    gone = set(before.images) - set(after.images)
    assert gone <= set(deleted_images(step.outcome for step in plan.reclaims))  # in doubt or not: this was approved
    assert gone <= set(deleted_images(step.outcome for step in plain.steps))


TRIED = dict(islice(SCENARIOS.items(), 0, None, 1 if chance.WHOLE else 6))
"""Each takes seconds: an ordinary run tries every sixth."""


@pytest.mark.parametrize("scenario", TRIED.values(), ids=TRIED)
def test_undone_and_reclaimed(
    dockerd: RunningDaemon, daemon: Daemon, registry: str, at_work: Bot, scenario: Scenario
) -> None:
    """In the named scenarios."""
    made = make(dockerd, registry, scenario.world)
    for command in scenario.commands:
        undone_and_reclaimed(at_work, daemon, worded(command, made, Way.SDK))


@pytest.mark.parametrize("seed", range(chance.FIRST_SEED, chance.FIRST_SEED + (5 if chance.WHOLE else 1)))
def test_many_words_undone_and_reclaimed(stage: Stage, at_work: Bot, seed: int) -> None:
    """In a random world one request has many words at once: names, IDs and digests of what is there."""
    random = Random(seed)  # noqa: S311 -- repeatable is what it must be
    make(stage.dockerd, stage.registry, world(random))
    holds = stage.inventory()
    commands = [chance.command(random, holds, holds) for _ in range(8)]
    words = dict.fromkeys(word for command in commands for word in command.words)
    undone_and_reclaimed(at_work, stage.daemon, replace(commands[0], words=tuple(words)))
