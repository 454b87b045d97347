"""``imgbot doctor``: everything that the bot needs, looked at, and how to mend what is not as it should be."""

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

import click

from bot.examining import facts
from bot.flows.diagnosis import Finding, Level, diagnosis, worst
from bot.settings import Settings
from bot.terminal import in_words, plainly, settings_of

MARKS = {Level.OK: ("ok", "green"), Level.WARNING: ("warning", "yellow"), Level.FAILURE: ("FAILURE", "red")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
@plainly
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Look at everything that the bot needs: tokens, scopes, channels, approvers, hosts, database.

    Changes nothing: what a Docker socket lets through is tried with images that are not there. The exit code is 1 where
    something is wrong, and 0 where there are warnings alone.
    """
    settings = settings_of(context)
    found = tuple(_in_words(settings, finding) for finding in diagnosis(facts(settings)))
    if as_json:
        listed = [dataclasses.asdict(finding) for finding in found]
        click.echo(json.dumps({"level": worst(found), "findings": listed}, indent=2, ensure_ascii=False))
    else:
        for line in _lines(found):
            click.echo(line)
    sys.exit(worst(found) is Level.FAILURE)


def _in_words(settings: Settings, finding: Finding) -> Finding:
    return dataclasses.replace(finding, what=in_words(settings, finding.what), mend=in_words(settings, finding.mend))


def _lines(found: Sequence[Finding]) -> Iterator[str]:
    for about, findings in groupby(found, key=lambda finding: finding.about):
        yield click.style(about, bold=True)
        for finding in findings:
            mark, colour = MARKS[finding.level]
            yield f"  {click.style(f'{mark:7}', fg=colour)}  {finding.what}"
            if finding.mend:
                yield f"           {finding.mend}"
    bad = [finding for finding in found if finding.level is Level.FAILURE]
    warned = [finding for finding in found if finding.level is Level.WARNING]
    yield f"{len(found)} looked at, {len(bad)} failed, {len(warned)} with a warning."
