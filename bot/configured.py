"""``imgbot config``: is the file of settings good, what does it say, and which rule decides about a command."""

from collections.abc import Iterator
from dataclasses import replace

import click

from bot import app, printing
from bot.approval.conditions import NAMELESS, Case, Group, action_of, unread
from bot.approval.policy import Allowed, Forbidden, NeedsApproval, Policy
from bot.approval.request import Needs, Person
from bot.approval.ruling import DONE, Decided, decided, verdict
from bot.approval.written import lines
from bot.command.grammar import NotUnderstood, Remove, Restore, parse
from bot.flows.planning import NotPlanned, Planner
from bot.flows.registries import Registries
from bot.flows.wanted_back import wanted_back
from bot.images.removal import Plan, Refusal, Refused
from bot.images.restoral import AnyPlan, NotPutBack, changing
from bot.images.spans import span_text
from bot.reload import NOBODY, OBSERVES
from bot.settings import HostTable, Settings, policy
from bot.settings.reference import reference
from bot.terminal import in_words, plainly, settings_of, windows


@click.group()
def config() -> None:
    """Check the file of settings, or ask which rule decides."""


@config.command()
@click.pass_context
@plainly
def check(context: click.Context) -> None:
    """Say what the file of settings says; exit code 1 where something is wrong with it."""
    settings = settings_of(context)
    if settings.path is None:
        raise click.ClickException("There is no imgbot.toml here. Name one: imgbot --config FILE config check.")
    for daemon in app.daemons(settings).values():  # certificates that are not there are faults too
        daemon.close()
    for line in _said(settings):
        click.echo(line)
    for line in _warned(settings):
        click.echo(line, err=True)


@config.command("reference")
def reference_command() -> None:
    """Print every setting, with what it means, as Markdown."""
    click.echo(reference(), nl=False)


def _said(settings: Settings) -> Iterator[str]:
    made = policy(settings.file)
    yield f"{settings.path} is good."
    for name, host in settings.file.hosts.items():
        yield f"host {name}: {_way(host)}{''.join(f' @{group}' for group in host.groups)}"
    if not settings.file.hosts:
        yield "host local: the daemon that the docker command would ask"
    yield from lines(made)
    if made.approvers:
        yield f"may approve: {', '.join(sorted(made.approvers))}"


def _way(host: HostTable) -> str:
    return host.url or f"the Docker context {host.context}"


def _warned(settings: Settings) -> Iterator[str]:
    made = policy(settings.file)
    if settings.file.slack is None:
        yield "[slack] approvals_channel is not set, so `imgbot serve` will not start."
    if not made.rules:
        yield "There is no rule, so nothing can be removed."
    elif not made.approvers:
        yield f"{NOBODY[0].upper()}{NOBODY[1:]}."
    if made.observes:
        yield f"{OBSERVES[0].upper()}{OBSERVES[1:]}."


@config.command()
@click.option("-u", "--user", default="", metavar="ID", help="Who asks, by user ID.")
@click.option(
    "--in-group", "groups", multiple=True, metavar="ID", help="A user group that -u is in; Slack is not asked."
)
@click.argument("words", nargs=-1, required=True, metavar="-- rm ...")
@click.pass_context
@plainly
def explain(context: click.Context, user: str, groups: tuple[str, ...], words: tuple[str, ...]) -> None:
    """Plan a command as in Slack, and say which rule decides, and why no earlier one does. Removes nothing."""
    settings = settings_of(context)
    rules = policy(settings.file)
    command = parse(" ".join(words))
    if isinstance(command, NotUnderstood):
        raise click.ClickException(in_words(settings, f"{command.message} {command.hint}".rstrip()))
    if not isinstance(command, Remove | Restore):
        raise click.ClickException("Rules are about rm and restore: imgbot config explain -- rm IMAGE.")
    planner = Planner(
        daemons=app.daemons(settings),
        protections=lambda: rules.protections,
        registries=Registries(now=app.now),
        windows=windows(settings),
    )
    if isinstance(command, Remove):
        plan: AnyPlan | NotPlanned = planner.plan(command)
    else:
        plan = wanted_back(app.reading_store(settings), planner, command)
    if isinstance(plan, NotPlanned):
        raise click.ClickException(in_words(settings, f"{plan.why} {plan.hint}".rstrip()))
    person = Person(team_id="", user_id=user)
    ruling = verdict(rules, plan, person, group=_group(user, groups))
    kept = plan if isinstance(ruling, Forbidden) or not isinstance(plan, Plan) else planner.under(plan, ruling.needs)
    if isinstance(kept, NotPlanned):
        raise click.ClickException(kept.why)
    plan = kept
    for line in explained(rules, Case(plan=plan, requester=person, group=_group(user, groups))):
        click.echo(line)
    if rules.by_grade and isinstance(plan, Plan):
        for name, grade in printing.grades(plan):
            click.echo(f"{name}: {grade}")


def _group(user: str, groups: tuple[str, ...]) -> Group:
    """Return what Slack would tell of groups if *user* were in these and in no others; without any, nothing."""
    if not groups:
        return unread
    return lambda group: frozenset({user}) if group in groups else frozenset()


def explained(rules: Policy, case: Case) -> Iterator[str]:
    """Yield what is protected, which rule decides about which names, why none before it does, and what follows."""
    yield from _protected(case.plan)
    if not changing(case.plan):
        yield f"Nothing of it can be {DONE[action_of(case.plan)]}, so no rule decides."
        return
    for found in decided(rules, case):
        yield from _decided(rules, found)
    yield _outcome(rules, case)


def _protected(plan: AnyPlan) -> Iterator[str]:
    for step in plan.steps:
        match step.outcome:
            case Refused(refusal=Refusal.PROTECTED, message=message):
                yield f"stays: {message}"
            case Refused(message=message):
                yield f"stays: {step.word}: {message}"
            case NotPutBack(message=message):
                yield f"not put back: {message}"


def _decided(rules: Policy, found: Decided) -> Iterator[str]:
    named = ", ".join("images without a name" if name == NAMELESS else name for name in found.names)
    if found.rule is not None:
        text = next(iter(lines(replace(rules, rules=(found.rule,), observes=False))))
        yield f"{named}: {text}"
    else:
        yield f"{named}: {found.untold or 'no rule matches'}"
    for passed in found.passed:
        yield f'    not rule "{passed.rule}": {passed.why}'


def _outcome(rules: Policy, case: Case) -> str:
    match verdict(rules, case.plan, case.requester, group=case.group):
        case Allowed(needs=needs):
            return f'allowed at once by rule "{needs.rule}"{_undo(needs)}'
        case NeedsApproval(needs=needs):
            return f'needs {needs.count} of {", ".join(needs.approvers)}, by rule "{needs.rule}"{_undo(needs)}'
        case Forbidden(why=why):
            return f"forbidden: {why}"


def _undo(needs: Needs) -> str:
    return f"; can be undone for {span_text(needs.undo)}" if needs.undo else ""
