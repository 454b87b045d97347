"""The bot's flows over one real daemon and a SQLite file: requests are asked for, approved and carried out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.app import Flows, flows, new_token, now
from bot.approval.digest import digest
from bot.approval.events import Approved, Asked
from bot.approval.policy import Allowed, NeedsApproval, Policy, Rule
from bot.approval.request import Approval, Person, Request, RequestId
from bot.approval.ruling import verdict
from bot.audit.chain import Verified, verify
from bot.command.grammar import ImageWord, Remove
from bot.db import database
from bot.db.store import Store
from bot.dockerd.daemon import Daemon
from bot.flows import remove
from bot.flows.planning import NotPlanned
from bot.images.drift import as_planned
from bot.images.removal import Plan, Refused, Removed
from tests.flows.fakes import FakeConversation, FakeDirectory
from tests.plans import removal_plan

DANA, OLGA = Person(team_id="T0", user_id="U0DANA"), Person(team_id="T0", user_id="U0OLGA")
POLICY = Policy(rules=(Rule(name="leads", approvers=(OLGA.user_id,)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The flows of one host, and what they write to."""

    made: Flows
    store: Store
    engine: sa.Engine
    policy: Policy = POLICY

    @property
    def remove(self) -> remove.Remove:
        """The flow that carries out what is approved."""
        (only,) = self.made.removes
        return only

    def plan(self, words: Sequence[str], *, force: bool = False, prune: bool = True) -> Plan | NotPlanned:
        """Plan a command."""
        return self.remove.planner.plan(Remove(images=tuple(map(ImageWord, words)), force=force, prune=prune))

    def approved(self, plan: Plan) -> Request:
        """Ask for a plan, and approve it."""
        ruling = verdict(self.policy, plan, DANA)
        assert isinstance(ruling, Allowed | NeedsApproval)
        asked = Asked(
            at=now(),
            by=DANA,
            channel="C0DEV",
            reason="",
            plan=plan,
            digest=digest(plan),
            token=new_token(),
            needs=ruling.needs,
            expires_at=now() + timedelta(hours=1),
        )
        with self.store.transaction() as tx:
            request = tx.ask(asked)
            approval = Approval(by=OLGA, at=now(), basis=f"user {OLGA.user_id}")
            tx.record(request, Approved(at=now(), approval=approval, digest=asked.digest))
        return request

    def request(self, request_id: RequestId) -> Request:
        """Return a request as it is on record."""
        with self.store.reading() as reading:
            request = reading.request(request_id)
        assert request is not None
        return request


def all_as_planned(request: Request) -> bool:
    """Whether every step did what was planned; those that would be refused were not sent."""
    return all(
        state.outcome is None
        if isinstance(step.outcome, Refused)
        else isinstance(state.outcome, Removed) and as_planned(step, state.outcome)
        for step, state in zip(removal_plan(request).steps, request.steps, strict=True)
    )


@contextmanager
def bot(daemon: Daemon, folder: Path, policy: Policy = POLICY) -> Iterator[Bot]:
    """Give a bot with a new database in *folder*. Afterwards the record must verify."""
    engine = database.engine(f"sqlite:///{folder / 'imgbot.db'}")
    database.upgrade(engine)
    store = Store(engine)
    made = flows(
        store=store,
        hosts={daemon.host: daemon},
        policy=lambda: policy,
        conversation=FakeConversation(),
        directory=FakeDirectory(),
        owner="bot:1",
    )
    yield Bot(made=made, store=store, engine=engine, policy=policy)
    with store.reading() as reading:
        assert isinstance(verify(reading.chain()), Verified)
    store.close()
