"""Choosing in a form: which hosts and images there are to ask for, and the form that begins with some of them.

What is sent in is a command like any that is typed.
"""

from dataclasses import dataclass, replace

from bot.command.grammar import Choose, Remove, parse
from bot.command.offers import MOST, Offer, offered
from bot.command.printing import operands
from bot.flows.answers import NewForm, Sentence
from bot.flows.hosts_of import EVERY_HOST, GROUP, hosts_of, parts_of, several, strange
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Click
from bot.flows.recent import Recent
from bot.images.inventory import Inventory

WITHIN = 1.5
"""Seconds for which a host is waited for while somebody types: Slack waits for three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """Makes the form, and offers what can be chosen in it."""

    planner: Planner
    recent: Recent

    def form(self, begun: Choose) -> NewForm | Sentence:
        """Return the form for a host, the first where none is named; or why there is none."""
        hosts, groups = tuple(self.planner.daemons), self.planner.groups()
        word = begun.host or next(iter(hosts), None)
        also = parts_of(word) if word and several(word) else ()
        if word and also and strange(word, hosts, groups) is None:
            word = next(iter(hosts_of(word, hosts, groups)), word)  # its images are offered
        daemon = self.planner.host(word)
        if isinstance(daemon, NotPlanned):
            return Sentence(text=daemon.why, hint=daemon.hint)
        self.recent.begin(daemon.host)  # so that it is there when the first letter is typed
        return NewForm(
            hosts=hosts,
            host=daemon.host,
            groups=(*(f"{GROUP}{group}" for group in groups), EVERY_HOST) if len(hosts) > 1 else (),
            also=also,
            force=begun.force,
            reason=begun.reason,
        )

    def pressed(self, click: Click) -> NewForm | Sentence:
        """Return the form for a button, which may carry the command that it begins with."""
        command = parse(click.value) if click.value else Choose()
        if isinstance(command, Choose):
            return self.form(command)
        if not isinstance(command, Remove):
            return Sentence(text="I no longer understand what this button begins with.", hint="Type /img rm instead.")
        made = self.form(Choose(force=command.force, host=command.host, reason=command.reason))
        if isinstance(made, Sentence):
            return made
        images = tuple(Offer(typed=word, label=word) for word in operands(command))
        return replace(made, images=images)

    def images(self, host: str, letters: str) -> tuple[Offer, ...]:
        """Return what *letters* find on a host; where it does not answer in time, what was typed as it is."""
        looked = self.recent.of(host, WITHIN) if host in self.recent.daemons else None
        if looked is not None and isinstance(looked.found, Inventory):
            return offered(looked.found, letters)
        return _as_typed(letters)

    def hosts(self, letters: str) -> tuple[str, ...]:
        """Return the hosts that have these letters in their names."""
        return tuple(name for name in self.recent.daemons if letters.strip().lower() in name.lower())[:MOST]


def _as_typed(letters: str) -> tuple[Offer, ...]:
    """Offer what was typed where that could be an image: what is not there is said once it is planned."""
    command = parse(f"rm {letters}")
    words = operands(command) if isinstance(command, Remove) else ()
    return tuple(Offer(typed=word, label=f"{word} (as typed)") for word in words)
