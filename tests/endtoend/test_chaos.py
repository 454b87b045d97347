"""A short run of what ``make chaos`` does: a few requests, a few kills, and three accounts that agree.

The seed is one that draws an undo, approvals of some steps and some hosts, a removal by ID with force, and a restoral.
"""

import os
import re
import subprocess
import sys

import pytest

from tests.chaos.jobs import Script
from tests.chaos.lives import AT_AN_END, WAYS
from tests.chaos.points import ALONE, ELSEWHERE, calls, points
from tests.daemons import NEWER, OWN, root_for
from tests.newer import Missing

WITHIN = 420


def test_nothing_is_said_of_a_point_that_is_none() -> None:
    """One that got another name would be left out of the long run, or waited for in vain, and nobody would know."""
    ways = [(point, way) for each in WAYS.values() for point, way in each.items()]
    assert {*ELSEWHERE, *ALONE, *AT_AN_END, *(point for point, _ in ways)} <= points()
    assert {way.at.split()[1] for _, way in ways if way.at} <= calls()


@pytest.mark.timeout(WITHIN + 30)
def test_three_accounts_agree() -> None:
    """Nothing is doubled, lost, unexplained or stale after the bot was killed and Slack failed."""
    for kind in (OWN, NEWER):
        root = root_for(kind)
        if isinstance(root, Missing):
            pytest.skip(f"{root.why}: there is no {kind.name}")
    command = [sys.executable, "-m", "tests.chaos", "--requests", "7", "--kills", "3", "--seed", "4990"]
    ran = subprocess.run(
        [*command, "--database", "sqlite", "--some-points"],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
        env=os.environ,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-3000:]
    for script in (Script.UNDO, Script.SOME, Script.PART, Script.RESTORE, Script.FORCE):
        assert re.search(rf"\d {script}\b", ran.stdout), script
    assert "doubled 0, lost 0, unexplained 0, stale messages 0, chain broken 0" in ran.stdout
