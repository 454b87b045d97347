"""What is wrong between the parts of a file, each of which may be good by itself.

This reads the file as it is written, so that it can be told together with what is wrong in the parts: what is not what
it should be is passed over here.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches

from bot.approval.conditions import is_group
from bot.flows.hosts_of import EVERY_HOST, GROUP
from bot.images.protection import ANY
from bot.images.spans import span, span_text
from bot.settings.faults import Fault
from bot.settings.lines import Place
from bot.settings.tables import LOCAL

Table = Mapping[str, object]
CONDITIONS = ("images", "force", "bytes_over", "grade", "requesters", "action")
EXPIRES = timedelta(hours=4)


def crossing(data: Table) -> list[Fault]:
    """Return what is wrong between the parts."""
    hosts = _groups(data)
    rules, protect = _tables(data, "rules"), _tables(data, "protect")
    found: list[Fault] = list(_of_hosts(data))
    for kind, tables in (("rules", rules), ("protect", protect)):
        found += _twice(kind, tables)
        for number, table in enumerate(tables):
            found += _unknown(hosts, (kind, number, "hosts"), table)
    found += _never_met(hosts, rules)
    for number, rule in enumerate(rules):
        found += _of_rule(("rules", number), rule)
    for number, table in enumerate(protect):
        found += _of_protection(("protect", number), table)
    return found


def _tables(data: Table, key: str) -> list[Table]:
    """Return the tables of a list, an empty one for what is none, so that they keep their numbers."""
    listed = data.get(key)
    return [each if isinstance(each, dict) else {} for each in listed] if isinstance(listed, list) else []


def _texts(table: Table, key: str) -> list[str]:
    listed = table.get(key)
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _groups(data: Table) -> Mapping[str, frozenset[str]]:
    """Return every word that may stand for hosts, with the hosts it stands for.

    ``*`` stands for hosts that are still to come as well, so a last rule for every host is never one too many.
    """
    given = data.get("hosts")
    tables = given if isinstance(given, dict) and given else {LOCAL: {}}
    found: dict[str, frozenset[str]] = {ANY: frozenset({*tables, ANY})}
    for name, table in tables.items():
        found[name] = frozenset({name})
        for group in _texts(table, "groups") if isinstance(table, dict) else []:
            found[GROUP + group] = found.get(GROUP + group, frozenset()) | {name}
    return found


def expanded(hosts: Mapping[str, frozenset[str]], words: list[str]) -> frozenset[str]:
    """Return the hosts that *words* stand for; unknown ones for none."""
    return frozenset().union(*(hosts.get(word, frozenset()) for word in words))


def _of_hosts(data: Table) -> Iterator[Fault]:
    given = data.get("hosts")
    for name, table in given.items() if isinstance(given, dict) else []:
        if name == EVERY_HOST:
            what = f"is what -H {EVERY_HOST} means every host by. Call it otherwise."
            yield Fault(place=("hosts", name), what=what)
        if not isinstance(table, dict):
            continue
        if "url" in table and "context" in table:
            yield Fault(place=("hosts", name, "context"), what="stands beside url. One of them says how it is reached.")
        if not {"url", "context"} & set(table):
            yield Fault(place=("hosts", name), what='says not how it is reached: give it a url, such as "ssh://web-3".')
        if "ssh_config" in table and not str(table.get("url", "ssh://")).startswith("ssh://"):
            yield Fault(place=("hosts", name, "ssh_config"), what="is for ssh://, and this url is none.")


def _unknown(hosts: Mapping[str, frozenset[str]], place: Place, table: Table) -> Iterator[Fault]:
    for number, word in enumerate(_texts(table, "hosts")):
        if word in hosts:
            continue
        near = get_close_matches(word, hosts, n=1)
        kind = "no host is in the group" if word.startswith(GROUP) else "there is no host"
        hint = f" Did you mean {near[0]}?" if near else ""
        yield Fault(place=(*place, number), what=f'{kind} "{word}".{hint}')


def _twice(kind: str, tables: list[Table]) -> Iterator[Fault]:
    seen: set[object] = set()
    for number, table in enumerate(tables):
        name = table.get("name")
        if isinstance(name, str) and name in seen:
            yield Fault(place=(kind, number, "name"), what=f'another one is called "{name}" too.')
        seen.add(name if isinstance(name, str) else None)


def _never_met(hosts: Mapping[str, frozenset[str]], rules: list[Table]) -> Iterator[Fault]:
    """Yield the rules that have nothing left to match: one before them is about the same hosts and asks no more."""
    reach = [(expanded(hosts, _texts(rule, "hosts") or [ANY]), _conditions(rule)) for rule in rules]
    for number, (about, conditions) in enumerate(reach):
        for earlier, (wider, fewer) in enumerate(reach[:number]):
            if about and about <= wider and fewer.items() <= conditions.items():
                name = rules[earlier].get("name", earlier)
                yield Fault(
                    place=("rules", number), what=f'can never match: "{name}" comes first and matches all of it.'
                )
                break


def _conditions(rule: Table) -> Mapping[str, str]:
    return {key: repr(rule[key]) for key in CONDITIONS if key in rule and rule[key] != []}


def _of_rule(place: Place, rule: Table) -> Iterator[Fault]:
    approvals, approvers = rule.get("approvals", 1), set(_texts(rule, "approvers"))
    if isinstance(approvals, int) and approvers and not any(map(is_group, approvers)) and len(approvers) < approvals:
        what = f"{approvals} approvals are asked for, and only {len(approvers)} may approve."
        yield Fault(place=(*place, "approvals"), what=what)
    if rule.get("reason_hint") and not rule.get("reason"):
        yield Fault(place=(*place, "reason_hint"), what="says what a reason has to be, and no reason is asked for.")
    if rule.get("escalate") and not approvers:
        yield Fault(place=(*place, "escalate"), what="calls more people, and there are no approvers before them.")
    expires = _span(rule.get("expires")) or EXPIRES
    escalate = rule.get("escalate")
    after = escalate.get("after") if isinstance(escalate, dict) else None
    for at, value in (((*place, "remind"), rule.get("remind")), ((*place, "escalate"), after)):
        if (waits := _span(value)) is not None and waits >= expires:
            yield Fault(place=at, what=f"comes too late: a request is good for {span_text(expires)}.")


def _of_protection(place: Place, table: Table) -> Iterator[Fault]:
    by = [key for key in ("keep_newest", "min_age", "labels") if table.get(key)]
    if len(by) > 1:
        yield Fault(place=place, what=f"protects by {' and by '.join(by)}. Make a rule of each.")
    if table and not by and not table.get("references"):
        yield Fault(place=place, what="protects nothing: give it references, keep_newest, min_age or labels.")


def _span(value: object) -> timedelta | None:
    return span(value) if isinstance(value, str) else None
