"""The examples in docs/policy.md: each is a good file, and decides as the text around it says."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.approval.policy import Allowed, Forbidden, NeedsApproval, Policy, Verdict
from bot.approval.ruling import verdict
from bot.images import grading
from bot.images.grades import Grade, Graded
from bot.images.inventory import Inventory
from bot.images.predict import Wanted, plan
from bot.images.removal import Freed, Plan, Removed
from bot.settings import parsed, policy
from tests.approval.examples import DANA, RESTORE_PLAN
from tests.images.making import held, image

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
EXAMPLES = {
    title: re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    for title, text in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
}
DAY = 86400
LEADS = ("S0123456789",)


def example(title: str) -> Policy:
    """Return the policy of the only example under a heading."""
    (text,) = EXAMPLES[title]
    return policy(parsed(text, "docs/policy.md"))


def made(inventory: Inventory, *words: str, rules: Policy, force: bool = False) -> Plan:
    """Return a plan under the protection of a policy."""
    found = plan(inventory, Wanted(words=words, force=force, protections=rules.protections))
    assert isinstance(found, Plan)
    return found


def ruled(  # noqa: PLR0913 -- what a rule may go by, each by its name
    rules: Policy,
    host: str,
    name: str = "r:1",
    *,
    force: bool = False,
    freed: int | None = 0,
    grade: Grade = Grade.UNKNOWN,
    groups: Sequence[str] = (),
) -> Verdict:
    """Return the verdict on removing one image from a host, asked by Dana, who is in these groups."""
    asked = made(held(image(name)), name, rules=replace(rules, protections=()), force=force)
    steps = tuple(replace(step, freed=Freed(bytes=freed)) for step in asked.steps)
    grades = tuple(Graded(image_id=image_id, grade=grade) for image_id in grading.going(asked))
    asked = replace(asked, host=host, steps=steps, graded=grades)
    members = {group: frozenset({DANA.user_id}) for group in groups}
    return verdict(rules, asked, DANA, group=lambda group: members.get(group, frozenset()))


def needed(ruling: Verdict) -> tuple[int, str]:
    """Return how many approvals are needed, and by which rule."""
    assert isinstance(ruling, Allowed | NeedsApproval), ruling
    return ruling.needs.count, ruling.needs.rule


def going(inventory: Inventory, *words: str, rules: Policy) -> list[bool]:
    """Return which words take something away."""
    return [isinstance(step.outcome, Removed) for step in made(inventory, *words, rules=rules).steps]


@pytest.mark.parametrize("text", [text for texts in EXAMPLES.values() for text in texts])
def test_every_example_is_a_good_file(text: str) -> None:
    """It can be copied as it stands."""
    assert policy(parsed(text, "docs/policy.md")).approvers


def test_the_page_has_the_examples_that_this_is_about() -> None:
    """None is left out because its heading changed."""
    assert sum(map(len, EXAMPLES.values())) == PAGE.count("```toml") == 10


def test_one_host_first() -> None:
    """One lead, whichever the host, and one host before the rest."""
    rules = example("One host first, then the rest")
    for host in ("web-1", "web-2", "web-3"):
        ruling = ruled(rules, host)
        assert isinstance(ruling, NeedsApproval)
        assert (ruling.needs.count, ruling.canary) == (1, 1)


def test_self_service_on_dev() -> None:
    """At once there, by the leads elsewhere, on a host that is new too."""
    rules = example("Self-service on dev")
    assert needed(ruled(rules, "dev-1")) == (0, "dev")
    assert needed(ruled(rules, "web-1")) == (1, "everything else")
    assert needed(ruled(rules, "new-1")) == (1, "everything else")


def test_four_eyes_on_prod() -> None:
    """Two for what is forced, large or of unknown size; nothing anywhere else."""
    rules = example("Four eyes on prod")
    assert needed(ruled(rules, "web-1", force=True)) == (2, "prod, forced")
    assert needed(ruled(rules, "web-2", freed=20_000_000_001)) == (2, "prod, large")
    assert needed(ruled(rules, "web-2", freed=None)) == (2, "prod, large")
    assert needed(ruled(rules, "web-2", freed=20_000_000_000)) == (1, "prod")
    assert isinstance(ruled(rules, "dev-1"), Forbidden)
    ruling = ruled(rules, "web-1")
    assert isinstance(ruling, NeedsApproval)
    assert ruling.needs.escalate_to == ("S0ONCALL99",)
    assert ruling.reason is not None
    assert re.search(ruling.reason.pattern, "see OPS-7")


def test_only_copies() -> None:
    """What is not known to be elsewhere takes two."""
    rules = example("Only copies")
    counts = {grade: needed(ruled(rules, "web-1", grade=grade))[0] for grade in Grade}
    assert counts == {Grade.REPULLABLE: 1, Grade.UNKNOWN: 2, Grade.ONLY_COPY: 2}


def test_some_people_more_than_others() -> None:
    """By team and by name."""
    rules = example("Some people more than others")
    own = "registry.example.com/team-a/api:1"
    assert needed(ruled(rules, "web-1", own, groups=["S0TEAMAAAA"])) == (0, "team-a's own")
    assert needed(ruled(rules, "web-1", own)) == (1, "everything else")
    assert needed(ruled(rules, "web-1", groups=["S0TEAMAAAA"])) == (1, "everything else")
    assert isinstance(ruled(rules, "web-1", "registry.example.com/release/api:1", groups=["S0TEAMAAAA"]), Forbidden)


def test_what_stays() -> None:
    """Bases by name, the three newest of the application, the young, the marked."""
    rules = example("What stays, whoever asks")
    app = "registry.example.com/app"
    inventory = held(
        *(image(f"{app}:{day}", created=day * DAY) for day in range(1, 6)),
        image("postgres:16"),
        image("acme/base:1"),
        image("young:1", created=94 * DAY),
        image("kept:1", labels={"com.example.keep": "of course"}),
        image("not-kept:1", labels={"keep": "false"}),
        taken_at=100 * DAY,
    )
    words = (f"{app}:2", f"{app}:3", "postgres:16", "acme/base:1", "young:1", "kept:1", "not-kept:1")
    assert going(inventory, *words, rules=rules) == [True, False, False, False, False, False, True]


def test_the_suggested_clean_up() -> None:
    """Old images beyond the third go after an approval; with force nothing does."""
    rules = example("A nightly clean-up, suggested")
    inventory = held(*(image(f"app:{day}", created=day * DAY) for day in range(1, 6)), taken_at=100 * DAY)
    assert going(inventory, "app:1", "app:2", "app:3", rules=rules) == [True, True, False]
    assert needed(ruled(rules, "web-1"))[0] == 1
    assert isinstance(ruled(rules, "web-1", force=True), Forbidden)


def test_break_glass() -> None:
    """For two people, with a long reason."""
    glass = example("Break-glass").break_glass
    assert glass is not None
    assert (len(glass.people), glass.least) == (2, 40)


def test_putting_back() -> None:
    """At once; a removal needs a lead."""
    rules = example("Putting back")
    assert needed(verdict(rules, RESTORE_PLAN, DANA)) == (0, "anybody may put back")
    assert needed(ruled(rules, "web-1")) == (1, "removals")


def test_looking_first() -> None:
    """Nothing can be removed."""
    assert isinstance(ruled(example("Looking first"), "web-1"), Forbidden)
