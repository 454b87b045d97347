"""Rules on hosts, names, force, bytes, grades and people; what follows for a plan that several of them are about."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.conditions import NAMELESS, Action, Case, parts, unread
from bot.approval.policy import Allowed, Forbidden, NeedsApproval, Policy, ReasonRule, Rule, Verdict, changed
from bot.approval.request import Needs, Person
from bot.approval.ruling import decided, verdict
from bot.images.grades import Grade, Graded
from bot.images.grading import going
from bot.images.inventory import Store
from bot.images.removal import Freed, Plan
from bot.images.restoral import AnyPlan, NotPutBack, Obstacle, PutBack
from tests.approval.examples import DANA, OLGA, PLAN, RESTORE_PLAN, back
from tests.images.making import DIGEST, held, image, image_id, planned
from tests.images.test_protection import pattern

LEADS = ("S0OPSLEADS",)
TWO = Rule(name="strict", images=(pattern("prod/*"),), approvals=2, approvers=LEADS)
SELF = Rule(name="loose", approvals=0)
HOST = held(
    image("prod/app:1", label="p", layers="ab"),
    image("scratch/x:1", label="s", layers="ac"),
    image("prod/both:1", "scratch/both:1", label="both", layers="ad"),
    image("pulled:1", f"pulled@{DIGEST}", label="pulled"),
    image(label="nameless"),
)


def ruled(*rules: Rule, plan: AnyPlan = PLAN, by: Person = DANA) -> Verdict:
    """Return the verdict where Slack tells of one group that Dana is in it, of another that she is not."""
    told = {"S0DEVS": frozenset({"U0DEV"}), "S0OTHERS": frozenset({"U0SAM"})}
    return verdict(Policy(rules=rules), plan, by, group=told.get)


def strictness(ruling: Verdict) -> int:
    """Return how much a verdict asks for."""
    match ruling:
        case Allowed():
            return 0
        case NeedsApproval(needs=needs):
            return needs.count
        case Forbidden():
            return 100


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("prod/app:1",), ("prod/app:1",)),
        (("pulled:1",), ("pulled:1",)),
        ((f"pulled@{DIGEST}",), (f"pulled@{DIGEST}",)),
        ((image_id("nameless"),), (NAMELESS,)),
        ((image_id("both"),), ("prod/both:1", "scratch/both:1")),
        (("prod/app:1", image_id("p"), "gone:1"), ("prod/app:1",)),
        (("gone:1",), (NAMELESS,)),
    ],
)
def test_the_names_of_a_plan(words: tuple[str, ...], found: tuple[str, ...]) -> None:
    """Those that go; a digest that goes along with its tag is not looked at by itself, and what is refused is not."""
    assert tuple(part.name for part in parts(planned(HOST, *words, force=True))) == found


def test_the_containerd_stores_own_name_is_none() -> None:
    """A hidden record that goes along is no name of the image."""
    hidden = held(image("r:1", label="r", dangling=True), image("r:2", label="q"), store=Store.CONTAINERD)
    assert [part.name for part in parts(planned(hidden, image_id("r"), force=True))] == ["r:1"]


def test_patterns_are_held_against_each_name() -> None:
    """One image more, of another name, does not get around a strict rule; nor does an ID or another tag of it."""
    for words in (("prod/app:1",), ("prod/app:1", "scratch/x:1"), ("scratch/x:1", "prod/app:1"), (image_id("both"),)):
        ruling = ruled(TWO, SELF, plan=planned(HOST, *words, force=True))
        assert isinstance(ruling, NeedsApproval)
        assert (ruling.needs.rule, ruling.needs.count) == ("strict", 2)
    assert isinstance(ruled(TWO, SELF, plan=planned(HOST, "scratch/x:1", "scratch/both:1")), Allowed)


def test_a_loose_rule_for_some_names_lets_no_others_go_along() -> None:
    """What no rule is about cannot be removed, and the sentence names it."""
    loose = Rule(name="loose", images=(pattern("scratch/*"),), approvals=0)
    assert isinstance(ruled(loose, plan=planned(HOST, "scratch/x:1")), Allowed)
    ruling = ruled(loose, plan=planned(HOST, "scratch/x:1", "prod/app:1"))
    assert ruling == Forbidden(why="No rule is about prod/app:1 on web-3, so it cannot be removed.")
    assert isinstance(ruled(loose, plan=planned(HOST, image_id("nameless"))), Forbidden)


def test_a_repository_without_a_tag_matches_every_tag_and_digest() -> None:
    """As ``ls`` reads it."""
    for words in (("pulled:1",), (f"pulled@{DIGEST}",)):
        only = Rule(name="only", images=(pattern("pulled"),), approvals=0)
        assert isinstance(ruled(only, plan=planned(HOST, *words)), Allowed)


def test_images_of_two_groups_of_approvers_are_asked_for_apart() -> None:
    """One request cannot be put before two groups; who asks is told which image falls under which rule."""
    other = Rule(name="other", approvals=1, approvers=("S0DBA",))
    ruling = ruled(TWO, other, plan=planned(HOST, "prod/app:1", "scratch/x:1"))
    assert isinstance(ruling, Forbidden)
    assert ruling.why == (
        'Different rules decide here: prod/app:1 under "strict", scratch/x:1 under "other". Ask for these one by one.'
    )
    assert isinstance(
        ruled(TWO, replace(other, approvers=LEADS), plan=planned(HOST, "prod/app:1", "scratch/x:1")), NeedsApproval
    )
    escalating = replace(other, approvers=LEADS, escalate_after=timedelta(hours=1), escalate_to=("S0DBA",))
    assert isinstance(ruled(TWO, escalating, plan=planned(HOST, "prod/app:1", "scratch/x:1")), Forbidden)


def test_one_rule_may_forbid_what_another_allows() -> None:
    """Then the plan is forbidden, and the image is named."""
    never = Rule(name="never", images=(pattern("prod/*"),), approvals=None)
    ruling = ruled(never, SELF, plan=planned(HOST, "scratch/x:1", "prod/app:1"))
    assert ruling == Forbidden(why='Rule "never" forbids removing prod/app:1 on web-3.')


def test_the_shortest_expiry_and_the_reason_of_any_rule_count() -> None:
    """A plan under two rules is bound by both."""
    ticket = ReasonRule(pattern="OPS-[0-9]+", hint="a ticket")
    loose = replace(SELF, reason=ticket, expires=timedelta(minutes=5))
    plan = planned(HOST, "scratch/x:1", "prod/app:1")
    ruling = ruled(TWO, loose, plan=plan)
    assert isinstance(ruling, NeedsApproval)
    assert (ruling.reason, ruling.expires) == (ticket, timedelta(minutes=5))
    assert isinstance(ruled(replace(TWO, reason=ReasonRule(pattern="INC")), loose, plan=plan), Forbidden)


def test_the_longest_undo_window_of_any_rule_counts() -> None:
    """Of a plan under two rules nothing goes for good before either would let it."""
    plan = planned(HOST, "scratch/x:1", "prod/app:1")
    for undo in ((timedelta(hours=1), timedelta(hours=2)), (timedelta(hours=2), None)):
        ruling = ruled(replace(TWO, undo=undo[0]), replace(SELF, undo=undo[1]), plan=plan)
        assert isinstance(ruling, NeedsApproval)
        assert ruling.needs.undo == timedelta(hours=2)
        assert changed(replace(ruling.needs, undo=None), ruling) != ()


@pytest.mark.parametrize(
    ("force", "asked", "matches"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_force(*, force: bool, asked: bool, matches: bool) -> None:
    """A rule may be about forced plans, or about those that are not."""
    ruling = ruled(Rule(name="x", force=force, approvals=0), plan=planned(HOST, "prod/app:1", force=asked))
    assert isinstance(ruling, Allowed) is matches


@pytest.mark.parametrize(("freed", "matches"), [((10, 10), False), ((10, 11), True), ((10, None), True)])
def test_bytes_over(*, freed: tuple[int, int | None], matches: bool) -> None:
    """Of all steps together; what nobody knows counts as over."""
    steps = tuple(replace(step, freed=Freed(bytes=count)) for step, count in zip(PLAN.steps, freed, strict=True))
    ruling = ruled(Rule(name="x", bytes_over=20, approvals=0), plan=replace(PLAN, steps=steps))
    assert isinstance(ruling, Allowed) is matches


def graded(plan: Plan, *grades: Grade) -> Plan:
    """Return *plan* with these grades of the images that it deletes, one after the other."""
    pairs = zip(going(plan), grades, strict=True)
    return replace(plan, graded=tuple(Graded(image_id=image_id, grade=grade) for image_id, grade in pairs))


def test_grades() -> None:
    """Any of those that are given; what nobody looked into is unknown."""
    rule = Rule(name="x", grades=(Grade.ONLY_COPY, Grade.UNKNOWN), approvals=0)
    plan = planned(HOST, "prod/app:1")
    assert [isinstance(ruled(rule, plan=graded(plan, grade)), Allowed) for grade in Grade] == [False, True, True]
    assert isinstance(ruled(rule, plan=plan), Allowed)


def deciding(rules: tuple[Rule, ...], plan: Plan) -> list[tuple[str, str]]:
    """Return which rule decides about each name."""
    found = decided(Policy(rules=rules), Case(plan=plan, requester=DANA, group=unread))
    return [(each.rule.name, name) for each in found if each.rule for name in each.names]


def test_a_grade_is_that_of_each_image() -> None:
    """A rule about only copies decides about these alone, also where both go by their IDs and have no name."""
    rules = (
        Rule(name="gone for good", grades=(Grade.ONLY_COPY,), approvals=2, approvers=LEADS),
        Rule(name="rest", approvers=LEADS),
    )
    plan = planned(HOST, "prod/app:1", "scratch/x:1", image_id("nameless"))
    plan = graded(plan, Grade.REPULLABLE, Grade.ONLY_COPY, Grade.UNKNOWN)
    assert deciding(rules, plan) == [("rest", "prod/app:1"), ("gone for good", "scratch/x:1"), ("rest", NAMELESS)]
    assert strictness(ruled(*rules, plan=plan)) == 2
    nameless = planned(held(image(label="a"), image(label="b", layers="z")), image_id("a"), image_id("b"))
    nameless = graded(nameless, Grade.REPULLABLE, Grade.ONLY_COPY)
    assert deciding(rules, nameless) == [("rest", NAMELESS), ("gone for good", NAMELESS)]


def test_an_image_that_stays_can_be_had_back() -> None:
    """Where only a name goes nothing is lost; with the last of its names the image goes, and each counts as it does."""
    rule = Rule(name="x", grades=(Grade.REPULLABLE,), approvals=0)
    assert isinstance(ruled(rule, plan=planned(HOST, "prod/both:1")), Allowed)
    both = planned(HOST, "prod/both:1", "scratch/both:1")
    assert isinstance(ruled(rule, plan=both), Forbidden)
    assert isinstance(ruled(rule, plan=graded(both, Grade.REPULLABLE)), Allowed)
    assert isinstance(ruled(rule, plan=graded(both, Grade.ONLY_COPY)), Forbidden)


@pytest.mark.parametrize(
    ("requesters", "matches"),
    [
        (("U0DEV",), True),
        (("U0SAM",), False),
        (("S0DEVS",), True),
        (("S0OTHERS",), False),
        (("S0OTHERS", "U0DEV"), True),
    ],
)
def test_requesters(*, requesters: tuple[str, ...], matches: bool) -> None:
    """By user ID, or by being in a user group now."""
    assert isinstance(ruled(Rule(name="x", requesters=requesters, approvals=0)), Allowed) is matches


def test_a_group_that_cannot_be_read_makes_nothing_laxer() -> None:
    """Neither where it would allow, nor where it would have asked for more than the rule behind it."""
    strict = Rule(name="strict", requesters=("S0UNREAD",), approvals=2, approvers=LEADS)
    for rules in ((strict, SELF), (replace(strict, approvals=0), SELF), (replace(strict, approvals=None), SELF)):
        ruling = ruled(*rules)
        assert isinstance(ruling, Forbidden)
        assert ruling.for_now
        assert "S0UNREAD" in ruling.why
    assert isinstance(ruled(replace(strict, hosts=("web-9",)), SELF), Allowed)
    assert isinstance(ruled(replace(strict, requesters=("S0UNREAD", "U0DEV")), SELF), NeedsApproval)


def test_what_a_rule_says_of_a_request_is_in_its_needs() -> None:
    """Reminders and escalation go with the request."""
    rule = Rule(
        name="x",
        approvers=LEADS,
        remind_after=timedelta(minutes=30),
        escalate_after=timedelta(hours=1),
        escalate_to=("S0BOSSES",),
        undo=timedelta(hours=24),
    )
    ruling = ruled(rule)
    assert isinstance(ruling, NeedsApproval)
    assert ruling.needs == Needs(
        count=1,
        approvers=LEADS,
        rule="x",
        remind_after=timedelta(minutes=30),
        escalate_after=timedelta(hours=1),
        escalate_to=("S0BOSSES",),
        undo=timedelta(hours=24),
    )


def test_why_earlier_rules_did_not_match() -> None:
    """Names that the same rule decides about come together."""
    rules = (
        Rule(name="elsewhere", hosts=("web-9",)),
        TWO,
        Rule(name="forced", force=True),
        Rule(name="Olga's", requesters=(OLGA.user_id,)),
        SELF,
    )
    plan = planned(HOST, "scratch/x:1", "prod/app:1", "scratch/both:1")
    case = Case(plan=plan, requester=DANA, group=unread)
    loose, strict = decided(Policy(rules=rules), case)
    assert (loose.names, loose.rule) == (("scratch/x:1", "scratch/both:1"), SELF)
    assert [(passed.rule, passed.why) for passed in loose.passed] == [
        ("elsewhere", "it is about the hosts web-9"),
        ("strict", "no pattern of it matches: prod/*"),
        ("forced", "it is about plans with --force"),
        ("Olga's", "it is about requests of U0LEAD"),
    ]
    assert (strict.names, strict.rule) == (("prod/app:1",), TWO)


RULES = st.builds(
    Rule,
    name=st.just("r"),
    images=st.sampled_from([(), (pattern("prod/*"),), (pattern("scratch/*"),)]),
    approvals=st.sampled_from([None, 0, 1, 2]),
    approvers=st.just(LEADS),
    requesters=st.sampled_from([(), ("U0DEV",), ("S0UNREAD",), ("S0OTHERS",)]),
)


@given(st.lists(RULES, max_size=4))
def test_together_is_never_laxer_than_apart(rules: list[Rule]) -> None:
    """Whatever the rules: a plan of two images asks for at least what each of them asks for, in either order."""
    for words in permutations(("prod/app:1", "scratch/x:1")):
        apart = max(strictness(ruled(*rules, plan=planned(HOST, word))) for word in words)
        assert strictness(ruled(*rules, plan=planned(HOST, *words))) >= apart


BACK = Rule(name="back", actions=(Action.RESTORE,), approvals=0)
PROD = Rule(name="prod", approvers=LEADS)


def test_a_rule_is_about_what_it_says_or_about_both() -> None:
    """Putting back may be allowed where removing needs an approval, and the other way round."""
    assert isinstance(ruled(BACK, PROD, plan=RESTORE_PLAN), Allowed)
    assert isinstance(ruled(BACK, PROD), NeedsApproval)
    assert isinstance(ruled(PROD, plan=RESTORE_PLAN), NeedsApproval)
    both = replace(BACK, actions=(Action.REMOVE, Action.RESTORE))
    assert isinstance(ruled(both), Allowed)
    assert isinstance(ruled(both, plan=RESTORE_PLAN), Allowed)
    assert ruled(BACK) == Forbidden(why="No rule is about redis:7 and 1 more on web-3, so it cannot be removed.")


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ((), "No rule is about web-3, so nothing can be put back there."),
        (
            (Rule(name="a", images=(pattern("x"),)),),
            "No rule is about redis:7 and 1 more on web-3, so it cannot be put back.",
        ),
        ((Rule(name="a", approvals=None),), 'Rule "a" forbids putting images back on web-3.'),
        (
            (Rule(name="a", images=(pattern("*"),), approvals=None),),
            'Rule "a" forbids putting back redis:7 and 1 more on web-3.',
        ),
    ],
)
def test_it_is_said_what_cannot_be_put_back(rules: tuple[Rule, ...], why: str) -> None:
    """In words that are not those of a removal."""
    assert ruled(*rules, plan=RESTORE_PLAN) == Forbidden(why=why)


def test_the_names_that_are_given_back_count() -> None:
    """Of an image that gets none, the digest it is pulled by; not those that stay as they are."""
    tagged, pulled = back("prod/app:1", "1"), back("scratch/x:1", "2")
    assert isinstance(pulled.outcome, PutBack)
    digest_alone = replace(pulled, outcome=PutBack(gains=pulled.outcome.gains[:1]))
    stays = replace(pulled, outcome=NotPutBack(obstacle=Obstacle.PRESENT, message="it is there"))
    plan = replace(RESTORE_PLAN, steps=(tagged, digest_alone, stays))
    assert [part.name for part in parts(plan)] == ["prod/app:1", f"scratch/x@sha256:{'2' * 64}"]


def test_putting_back_forces_nothing_and_frees_nothing() -> None:
    """A rule about either is about removals."""
    assert isinstance(ruled(replace(SELF, force=True), PROD, plan=RESTORE_PLAN), NeedsApproval)
    assert isinstance(ruled(replace(SELF, bytes_over=0), PROD, plan=RESTORE_PLAN), NeedsApproval)
    assert isinstance(ruled(replace(SELF, force=False), PROD, plan=RESTORE_PLAN), Allowed)
