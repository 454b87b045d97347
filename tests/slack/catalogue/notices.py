"""What the audit channel is told."""

from dataclasses import replace
from datetime import timedelta

from bot.approval.notes import GroupMembers
from bot.approval.policy import Policy, Rule
from bot.approval.proof import Restored
from bot.approval.request import State
from bot.audit.chain import Broken, Head
from bot.db.kept import KeptHost, Mark
from bot.db.outage import Outage
from bot.flows.ask import glass_broken
from bot.flows.checkpoint import posted
from bot.flows.groups import members_changed
from bot.flows.in_force import rules_changed
from bot.flows.keeping import was_restored
from bot.flows.outage import was_away
from bot.flows.outside import another_daemon, went_outside
from bot.flows.proving import acknowledged, disproved
from bot.flows.publish import unreachable
from bot.images.ids import ChainId
from bot.images.inventory import Store
from bot.images.removal import DeletedLayer
from bot.slack.notices import noticed
from tests.approval.examples import DANA, NOW, OLGA
from tests.slack.catalogue.drawn import Entry
from tests.slack.catalogue.replies import HASH, LEAVING
from tests.slack.lives import REMOVALS

HOST = KeptHost(
    host="web-3", daemon_id="DAEMON", store=Store.CLASSIC, seen=0, at=NOW, mark=Mark(sequence=0, record=0), images={}
)
POLICY = Policy(rules=(Rule(name="prod", approvers=("S0OPSLEADS",)),), cool_off=timedelta(hours=1))
MEMBERS = GroupMembers(at=NOW, group="S0OPSLEADS", added=("U0LEAD",), removed=("U0LEAD2",))
MOMENTS = [NOW + timedelta(seconds=n / 5) for n in range(41)]
MANY = tuple(replace(LEAVING, earliest=at, latest=at) for at in MOMENTS)
LAYERS = (DeletedLayer(chain_id=ChainId(LEAVING.image_id), image_id=LEAVING.image_id, bytes=76_000_000),)
FAILED = REMOVALS[State.FINISHED]

NOTICES = tuple(
    Entry(name=f"audit/{name}", example=notice, draw=noticed)
    for name, notice in {
        "left outside": went_outside("web-3", [replace(LEAVING, layers=LAYERS)], pruned=False),
        "left outside by a prune": went_outside("web-3", MANY, pruned=True),
        "another daemon": another_daemon(HOST, replace(HOST, daemon_id="OTHER")),
        "another store": another_daemon(HOST, replace(HOST, store=Store.CONTAINERD)),
        "group read first": members_changed(MEMBERS, "T0", POLICY, first=True),
        "group changed": members_changed(MEMBERS, "T0", POLICY, first=False),
        "rules changed": rules_changed(tuple(f"rule prod-{n}: 2 approvals instead of 1" for n in range(30))),
        "checkpoint": posted(Head(sequence=48_213, hash=HASH), ""),
        "signed checkpoint": posted(Head(sequence=48_213, hash=HASH), "event 48213\nsignature"),
        "disproved": disproved(Broken(sequence=7, why="Removal record 3 is not as it was written.")),
        "acknowledged": acknowledged(OLGA),
        "restored": was_restored(Restored(at=NOW, sequence=48_213, hash=HASH, made_at=NOW, user="root@ops-1")),
        "database away": was_away(Outage(since=NOW, why="connection refused"), NOW + timedelta(minutes=3)),
        "glass broken": glass_broken(FAILED),
        "unreachable": unreachable(DANA, FAILED.id, "user_disabled"),
    }.items()
)
