"""What is wrong is said in the words that help: what, why, what next, and what may have been meant.

Each case is typed as people type it, and the whole answer is read as they see it in Slack.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.approval.policy import Policy, Rule
from bot.approval.request import Person
from bot.images.glob import Glob, compiled
from bot.images.protection import Protection
from bot.slack.replies import reply
from tests.approval.examples import DANA, OLGA
from tests.flows.conftest import RULES, Desk
from tests.flows.fakes import FakeDaemon
from tests.slack.catalogue.reading import written

Cases = tuple[tuple[str, tuple[str, ...]], ...]

NOT_THERE: Cases = (
    (
        "rm redsi",
        ("No such image: redsi:latest", "Did you mean redis:7, redis:7.2", "`/img ls -H web-3` shows what is"),
    ),
    ("rm shop", ("No such image: shop:latest", "Did you mean acme/shop:2.1?", "nothing has been removed")),
    ("why redsi", ("No such image: redsi:latest on web-3.", "Did you mean redis:7")),
    ("ls redsi", ("Nothing on web-3 matches redsi.", "Did you mean redis:7", "/img ls shows everything that is there")),
    ("rm $(ls -q nope)", ("Nothing on web-3 matches", "nothing can be removed", "/img ls shows what is there")),
    ("rm redis -H web-9", ('There is no host "web-9". Did you mean web-3?', "I know web-3.", "/img hosts")),
    ("rm redis -H @prd", ('No host is in the group "@prd". Did you mean @prod?', "Groups are @prod.", "/img hosts")),
    ("show 99", ("There is no request 99.", "/img history shows the newest.")),
    ("cancel 99", ("There is no request 99.", "/img mine lists yours.")),
    ("restore 99", ("There is no request 99.", "/img history shows the newest")),
)
HELD: Cases = (
    ("rm acme/shop:2.1", ("*stays* — used by container shop-web (running).", "Stop and remove it first.")),
    ("rm acme/api:pr-881", ("api-preview-881 (exited).", "Remove it first, or ask with --force.")),
    ("rm 7f2a61c94be0", ("it is also redis:7, redis:7.2, redis:latest", "Name one of them to take that name away")),
)
NOT_UNDERSTOOD: Cases = (
    ("rm redis; ls", ("I don't run shell commands: `;`", "$(ls -q NAME)", "Send one command at a time.")),
    ("rm redis &amp;&amp; ls", ("`&amp;&amp;` means nothing to me", "Send one command at a time.")),
    ("rm redis | xargs", ("`|` means nothing to me", "To remove what a list finds: /img rm $(ls -q NAME)")),
    ("rm $(docker ps)", ("Inside $( ) I understand only ls -q", "For example: /img rm $(ls -q redis)")),
    ("rm $(ls -q redis", ("has to be closed", "For example: /img rm $(ls -q redis)")),
    ("rm ci/*", ("only ls takes patterns", "For all that match: /img rm $(ls -q 'ci/*')")),
    ("rm Redis", ("`Redis` is not an image name. Did you mean `redis`?", "An image is named redis, redis:7.2")),
    ("rm <https://evil.example|redis>", ("shows one address and leads to another", "Type the name as plain text.")),
    ("rm --forse redis", ("I don't know `--forse`. Did you mean `--force`?", "rm knows -f, --force")),
    ("ls -H", ("`-H` needs a value: HOST.", "For example: -H web-3")),
    ("ls -f labl=x", ("I don't know the filter `labl`. Did you mean", "Filters are reference, dangling, label")),
    ("hsitory", ("I don't know `hsitory`. Did you mean `history`?", "I know rm, ls, history")),
    ("history whom:dana", ("There is no qualifier `whom:`. Did you mean `who:`?", "They are who:, approver:")),
    ("history since:someday", ("I can't read `since:someday`", "For example: since:7d")),
    ("stats wek", ("`wek` is no period. Did you mean", "Periods are day, week, month, year.")),
    ("show x", ("`x` is not the number of a request.", "For example: /img show 1042")),
    ("verify x", ("`verify` goes like this: `verify`.", "For example: /img verify")),
    ("help hsitory", ("There is no help on `hsitory`. Did you mean `help history`?", "I know rm, ls, history")),
)


def _answer(desk: Desk, text: str, by: Person = DANA) -> str:
    """Return all that somebody is told who types *text*."""
    answer = desk.type(text, by)
    assert answer is not None, text
    return written(reply(answer))


def _unsaid(desk: Desk, cases: Cases) -> list[tuple[str, str, str]]:
    """Return what is missing from the answers: what was typed, what it should say, what it says."""
    found = []
    for text, words in cases:
        said = _answer(desk, text)
        found += [(text, word, said) for word in words if word not in said]
    return found


@pytest.mark.parametrize("cases", [NOT_THERE, HELD, NOT_UNDERSTOOD], ids=["not there", "held", "not understood"])
def test_an_error_says_what_and_why_and_what_next(desk: Desk, cases: Cases) -> None:
    """And names what comes closest. Nobody is asked for anything."""
    assert _unsaid(desk, cases) == []
    with desk.store.reading() as reading:
        assert reading.requests(limit=9) == ()


@pytest.mark.parametrize(
    "typed",
    [
        "rm \u201credis:alpine\u201d \u2014force",
        "rm \u2013f \u2018redis:alpine\u2019",
        "rm\u00a0<http://redis:alpine|redis:alpine> --force",
        "rm redis:alpine\u200b\ufeff --force",
        "rm `ls -q redis:alpine` \u2013f",
        "docker image rm \u2014force redis:alpine",
    ],
)
def test_what_slack_and_keyboards_make_of_a_text_is_undone(desk: Desk, typed: str) -> None:
    """Curly quotes, long dashes, links, no-break and zero-width spaces: the plan is that of the plain text."""
    said = _answer(desk, typed)
    assert "with --force from web-3?" in said
    assert "`501ad78535f0`" in said


def _protected(desk: Desk) -> None:
    glob = compiled("redis:*")
    assert isinstance(glob, Glob)
    desk.policy = replace(RULES, protections=(Protection(name="base-images", patterns=(glob,)),))


def _of_leads(desk: Desk) -> None:
    desk.policy = Policy(rules=(Rule(name="leads", requesters=(OLGA.user_id,), approvers=(OLGA.user_id,)),))


def _forbidden(desk: Desk) -> None:
    desk.policy = Policy(rules=(Rule(name="never", approvals=None),))


def _of_two_hosts(desk: Desk) -> None:
    desk.others = (FakeDaemon("web-4"),)


def _silent(desk: Desk) -> None:
    desk.daemon.reachable = False


def _guest(desk: Desk) -> None:
    desk.directory.guests.add(DANA.user_id)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (_protected, ('*stays* — redis:alpine is protected by rule "base-images"', "nothing has been removed")),
        (
            _of_leads,
            (
                "may not be removed from web-3",
                "No rule is about redis:alpine on web-3",
                "ask there",
                "nothing has been removed",
            ),
        ),
        (_forbidden, ('Rule "never" forbids', "nothing has been removed")),
        (_of_two_hosts, ("There is more than one host.", "Name one, such as -H web-3 or -H web-4", "-H all")),
        (_silent, ("web-3 did not answer.", "Nothing was done. Try again in a moment", "/img hosts")),
        (_guest, ("Guests cannot use me.",)),
    ],
)
def test_why_not_is_said(desk: Desk, given: Callable[[Desk], None], words: tuple[str, ...]) -> None:
    """Protected, forbidden, not for this person, not one host, no answer."""
    given(desk)
    said = _answer(desk, "rm redis:alpine")
    assert [word for word in words if word not in said] == [], said
