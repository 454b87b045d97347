"""Settings: strict, and every fault is told at once."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.approval.conditions import Action
from bot.approval.policy import BreakGlass, Policy, ReasonRule, Rule
from bot.images.grades import Grade
from bot.images.protection import Labelled, Newest, Protection, Younger
from bot.settings import BadSettings, load, parsed, policy, read, secret
from tests.images.making import reference
from tests.images.test_protection import pattern

GOOD = """
[slack]
approvals_channel = "C0APPROVALS"
[hosts.web-3]
url = "unix:///var/run/docker.sock"
timeout = "90s"
[[rules]]
name = "frozen"
hosts = ["web-3"]
approvals = "never"
[[rules]]
name = "rest"
approvers = ["S0LEADS", "U0OLGA"]
approvals = 2
expires = "30m"
[[protect]]
name = "base-images"
references = ["postgres:*", "*/base:*"]
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "imgbot.toml"
    path.write_text(text)
    return path


def _faults(folder: Path, text: str) -> str:
    with pytest.raises(BadSettings) as caught:
        read(_file(folder, text))
    return "\n".join(caught.value.faults)


def test_a_whole_file(tmp_path: Path) -> None:
    """Channel, hosts, durations and rules become what the bot works with."""
    file = read(_file(tmp_path, GOOD))
    assert file.slack is not None
    assert file.slack.approvals_channel == "C0APPROVALS"
    assert file.hosts["web-3"].timeout == timedelta(seconds=90)
    made = policy(file)
    (protection,) = made.protections
    assert protection.name == "base-images"
    assert [protection.covers(reference(name)) for name in ("postgres:16", "acme/base:1", "base:1")] == [
        True,
        True,
        False,
    ]
    assert replace(made, protections=()) == Policy(
        rules=(
            Rule(name="frozen", hosts=("web-3",), approvals=None),
            Rule(name="rest", approvals=2, approvers=("S0LEADS", "U0OLGA"), expires=timedelta(minutes=30)),
        )
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("approvals_channel", "approvals_chanel"),
            "3: slack.approvals_chanel: unknown key. Did you mean approvals_channel?",
        ),
        (("approvals_channel", "approvals_chanel"), "2: slack.approvals_channel: is missing."),
        (('"C0APPROVALS"', '"#approvals"'), '3: slack.approvals_channel: "#approvals" is not the ID of a channel'),
        (("unix://", "http://"), "5: hosts.web-3.url: "),
        (("[hosts.web-3]", '[hosts."web 3"]'), '4: hosts.web 3: "web 3" is not a name'),
        (
            ('"postgres:*"', '"postgres:["'),
            '18: protect[0].references[0]: "postgres:[" is no pattern that makes sense.',
        ),
        (('["postgres:*", "*/base:*"]', "[]"), "16: protect[0]: protects nothing: give it references"),
        (('"90s"', '"soon"'), '6: hosts.web-3.timeout: a duration is a number and one of s, m, h, d, such as "4h".'),
        (('"90s"', "90"), "6: hosts.web-3.timeout: a duration"),
        (('timeout = "90s"', 'registry = "no"'), "6: hosts.web-3.registry: has to be "),
        (('"U0OLGA"', '"@olga"'), '13: rules[1].approvers[1]: "@olga" is not the ID of a user group (S…) or of a user'),
        (('["S0LEADS", "U0OLGA"]', '"S0LEADS"'), '13: rules[1].approvers: has to be a list, such as ["a", "b"].'),
        (("approvals = 2", "approvals = -1"), '14: rules[1].approvals: has to be a number, 0 to 10, or "never".'),
        (("approvals = 2", "approvals = true"), "14: rules[1].approvals: has to be a number"),
        (("approvals = 2", 'approvals = "two"'), "14: rules[1].approvals: has to be a number"),
        (('"S0LEADS", ', ""), "14: rules[1].approvals: 2 approvals are asked for, and only 1 may approve."),
        (
            ('hosts = ["web-3"]', 'hosts = ["web-33"]'),
            '9: rules[0].hosts[0]: there is no host "web-33". Did you mean web-3?',
        ),
        (('hosts = ["web-3"]', 'hosts = ["@prod"]'), '9: rules[0].hosts[0]: no host is in the group "@prod".'),
        (("[[rules]]", "[[rule]]"), "7: rule: unknown key. Did you mean rules?"),
        (("[slack]", "slack = 3\n[other]"), "2: slack: has to be a table."),
        (('name = "rest"', ""), "11: rules[1].name: is missing."),
        (('name = "rest"', 'name = "frozen"'), '12: rules[1].name: another one is called "frozen" too.'),
        (
            ('name = "rest"', 'name = "rest"\naprovers = []'),
            "13: rules[1].aprovers: unknown key. Did you mean approvers?",
        ),
        (
            ('name = "rest"', 'name = "rest"\nhosts = ["web-3"]'),
            '11: rules[1]: can never match: "frozen" comes first and',
        ),
        (('name = "rest"', 'name = "rest"\nforce = "yes"'), "13: rules[1].force: has to be true or false."),
        (
            ('name = "rest"', 'name = "rest"\nbytes_over = "1 G"'),
            "13: rules[1].bytes_over: a size is a number and one of",
        ),
        (
            ('name = "rest"', 'name = "rest"\ngrade = "rare"'),
            "13: rules[1].grade[0]: has to be one of 're-pullable', 'unk",
        ),
        (('name = "rest"', 'name = "rest"\nreason = "OPS-("'), '13: rules[1].reason: "OPS-(" is no regular expression'),
        (
            ('name = "rest"', 'name = "rest"\nreason_hint = "a"'),
            "13: rules[1].reason_hint: says what a reason has to be",
        ),
        (
            ('name = "rest"', 'name = "rest"\nremind = "1h"'),
            "13: rules[1].remind: comes too late: a request is good for 30m.",
        ),
        (
            ('name = "rest"', 'name = "rest"\nescalate = {after = "10m", to = []}'),
            "13: rules[1].escalate.to: names nothing.",
        ),
        (('name = "rest"', 'name = "rest"\nescalate = {after = "10m"}'), "13: rules[1].escalate.to: is missing."),
        (
            ('name = "rest"', 'name = "rest"\nescalate = {aftr = "10m"}'),
            "escalate.aftr: unknown key. Did you mean after?",
        ),
        (
            ('name = "base-images"', 'name = "b"\nkeep_newest = 0'),
            "18: protect[0].keep_newest: has to be a number, 1 or more.",
        ),
        (('name = "base-images"', 'name = "b"\nlabels = ["=x"]'), '18: protect[0].labels[0]: "=x" is not a label'),
        (
            ('name = "base-images"', 'name = "b"\nkeep_newest = 1\nmin_age = "1d"'),
            "16: protect[0]: protects by keep_newest and by min_age. Make a rule of each.",
        ),
        (
            ('name = "frozen"', 'name = "frozen"\nescalate = {after = "1h", to = ["S0X"]}'),
            "9: rules[0].escalate: calls more people, and there are no approvers before them.",
        ),
        (("[slack]", 'mode = "look"\n[slack]'), "2: mode: has to be one of 'observe' or 'active'."),
        (("[slack]", "[break_glass]\npeople = []\n[slack]"), "3: break_glass.people: names nothing."),
        (
            ("[slack]", '[break_glass]\npeople = ["S0X"]\n[slack]'),
            '3: break_glass.people[0]: "S0X" is not the ID of a user',
        ),
        (
            ("[slack]", '[break_glass]\npeople = ["U0X"]\nleast = 3001\n[slack]'),
            "4: break_glass.least: has to be a number, 1 to 3000, which is what a form takes.",
        ),
        (("[slack]", "[slack"), "is not TOML: "),
    ],
)
def test_a_fault_is_named(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    """File, line and place are in the sentence, in plain words."""
    assert change[0] in GOOD
    faults = _faults(tmp_path, GOOD.replace(*change)).splitlines()
    path = f"{tmp_path}/imgbot.toml:"
    assert all(fault.startswith(path) for fault in faults)
    assert [fault for fault in faults if told in fault.removeprefix(path)], faults


def test_every_fault_at_once(tmp_path: Path) -> None:
    """Nobody has to mend a file one fault at a time, whether it is in a part or between parts."""
    bad = (
        GOOD.replace("unix://", "http://").replace('"90s"', '"soon"').replace('"U0', '"@').replace('["web-3"]', '["x"]')
    )
    lines = [fault.split(":")[1] for fault in _faults(tmp_path, bad).splitlines()]
    assert lines == ["5", "6", "9", "13"]


def test_groups_of_hosts_are_written_out(tmp_path: Path) -> None:
    """A rule for ``@prod`` is about every host that is in that group; with ``*`` about all."""
    text = """
[hosts]
web-1 = {url = "unix:///a", groups = ["prod"]}
web-2 = {url = "unix:///b", groups = ["prod", "db"]}
dev = {url = "unix:///c"}
[[rules]]
name = "a"
hosts = ["@db", "dev"]
[[rules]]
name = "b"
hosts = ["@prod"]
[[rules]]
name = "c"
hosts = ["dev", "*"]
[[protect]]
name = "d"
labels = ["keep"]
hosts = ["@prod"]
"""
    made = policy(read(_file(tmp_path, text)))
    assert [rule.hosts for rule in made.rules] == [("web-2", "dev"), ("web-1", "web-2"), ("*",)]
    assert made.protections[0].hosts == ("web-1", "web-2")


@pytest.mark.parametrize(
    ("first", "second", "never"),
    [
        ("", "", True),
        ("", 'hosts = ["dev"]\nforce = true', True),
        ('hosts = ["@prod", "dev"]', "", False),
        ('hosts = ["@prod", "dev"]', 'hosts = ["dev", "@prod"]', True),
        ('hosts = ["@prod"]', "", False),
        ('hosts = ["@prod"]', 'hosts = ["web-2"]', True),
        ('hosts = ["dev"]', 'hosts = ["web-2"]', False),
        ("force = true", "", False),
        ("force = true", 'force = true\nhosts = ["dev"]', True),
        ("force = true", "force = false", False),
        ('images = ["a"]', 'images = ["a"]\nbytes_over = "1GB"', True),
        ('images = ["a"]', 'images = ["a", "b"]', False),
        ("images = []", 'images = ["a"]', True),
        ('action = ["restore"]', "", False),
        ('action = ["restore"]', 'action = ["restore"]\nforce = true', True),
    ],
)
def test_a_rule_that_can_never_match(tmp_path: Path, first: str, second: str, *, never: bool) -> None:
    """One before it is about at least the same hosts, and asks for nothing that it does not ask for."""
    text = f"""
[hosts]
web-1 = {{url = "unix:///a", groups = ["prod"]}}
web-2 = {{url = "unix:///b", groups = ["prod"]}}
dev = {{url = "unix:///c"}}
[[rules]]
name = "first"
{first}
[[rules]]
name = "second"
{second}
"""
    if never:
        assert 'rules[1]: can never match: "first" comes first' in _faults(tmp_path, text)
    else:
        read(_file(tmp_path, text))


def test_everything_that_a_rule_can_say(tmp_path: Path) -> None:
    """Each key becomes what the policy works with."""
    text = """
mode = "observe"
cool_off = "1h"
[[rules]]
name = "a"
images = ["app:*"]
force = false
bytes_over = "1.5GB"
grade = "only-copy"
requesters = ["S0DEVS"]
action = "restore"
approvers = ["S0LEADS"]
reason = "OPS-[0-9]+"
reason_hint = "a ticket"
remind = "30m"
escalate = {after = "1h", to = ["S0BOSSES"]}
undo = "24h"
[[rules]]
name = "b"
reason = "required"
grade = ["unknown", "re-pullable"]
[[protect]]
name = "newest"
keep_newest = 3
references = ["app"]
[[protect]]
name = "young"
min_age = "7d"
[[protect]]
name = "marked"
labels = ["keep=true"]
[break_glass]
people = ["U0OLGA"]
least = 40
"""
    file = read(_file(tmp_path, text))
    assert file.mode == "observe"
    made = policy(file)
    assert made.rules[0] == Rule(
        name="a",
        images=(pattern("app:*"),),
        force=False,
        bytes_over=1_500_000_000,
        grades=(Grade.ONLY_COPY,),
        requesters=("S0DEVS",),
        actions=(Action.RESTORE,),
        approvers=("S0LEADS",),
        reason=ReasonRule(pattern="OPS-[0-9]+", hint="a ticket"),
        remind_after=timedelta(minutes=30),
        escalate_after=timedelta(hours=1),
        escalate_to=("S0BOSSES",),
        undo=timedelta(hours=24),
    )
    assert made.rules[1].reason == ReasonRule()
    assert made.rules[1].grades == (Grade.UNKNOWN, Grade.REPULLABLE)
    assert made.protections == (
        Protection(name="newest", patterns=(pattern("app"),), by=Newest(count=3)),
        Protection(name="young", by=Younger(age=timedelta(days=7))),
        Protection(name="marked", by=Labelled(labels=("keep=true",))),
    )
    assert made.break_glass == BreakGlass(people=("U0OLGA",), least=40)
    assert made.cool_off == timedelta(hours=1)


def test_no_file_is_a_file_without_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file there are no rules, so nothing can be removed; the command line still plans."""
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert settings.path is None
    assert policy(settings.file) == Policy(rules=())


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    """A wrong path is no empty file."""
    with pytest.raises(BadSettings, match="cannot be read"):
        load(tmp_path / "nowhere.toml")


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """With ``_FILE``; without both it is asked for by name, and never shown."""
    path = tmp_path / "token"
    path.write_text("xoxb-1\n")
    assert secret(None, path, "SLACK_BOT_TOKEN").get_secret_value() == "xoxb-1"
    assert "xoxb-1" not in repr(secret(None, path, "SLACK_BOT_TOKEN"))
    with pytest.raises(BadSettings, match="SLACK_BOT_TOKEN is not set"):
        secret(None, None, "SLACK_BOT_TOKEN")
    with pytest.raises(BadSettings, match="cannot be read"):
        secret(None, tmp_path / "nowhere", "SLACK_BOT_TOKEN")


def test_the_example_is_good() -> None:
    """The file that people copy can be read."""
    assert policy(read(Path(__file__).parents[2] / "imgbot.toml.example")).approvers == {"S0123456789"}


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ('[hosts.all]\nurl = "unix:///x"', "hosts.all: is what -H all means every host by. Call it otherwise."),
        ("[hosts.a]\ngroups = []", 'hosts.a: says not how it is reached: give it a url, such as "ssh://web-3".'),
        ('[hosts.a]\nurl = "unix:///x"\ncontext = "b"', "hosts.a.context: stands beside url."),
        ('[hosts.a]\nurl = "unix:///x"\nssh_config = "/c"', "hosts.a.ssh_config: is for ssh://, and this url is none."),
        ('[hosts.a]\nurl = "http://x"', "is not an address that begins with unix://, tcp:// or ssh://"),
        ('[hosts.a]\nurl = "unix:///x"\nat_once = 0', "hosts.a.at_once: has to be a number, 1 to 32"),
    ],
)
def test_how_a_host_is_reached_is_said_once(host: str, told: str) -> None:
    """A host has an address or a context, no name that means all, and keys only where they do something."""
    with pytest.raises(BadSettings) as caught:
        parsed(host, "imgbot.toml")
    assert told in str(caught.value)
