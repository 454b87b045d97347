"""What a button shows in a form: the form to ask in, and plans and their boxes page by page. Nothing changes by it."""

from dataclasses import dataclass

from bot.approval.notes import RecordRead
from bot.approval.request import Person, Token
from bot.command.grammar import Choose, Show, render
from bot.db.store import Store
from bot.flows.answers import AnyForm, DetailsForm, Form, FormKind, Sentence
from bot.flows.choose import Choosing
from bot.flows.ports import Button, Click, Clock

LAST = 100_000
"""No plan has a page of a higher number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Answers the buttons that show something else."""

    store: Store
    choosing: Choosing
    now: Clock

    def pressed(self, click: Click) -> AnyForm | Sentence:
        """Return what a button shows, or why it shows nothing."""
        match click.button:
            case Button.HOST:
                return self.choosing.form(Choose(host=click.value))
            case Button.NEW:
                return self.choosing.pressed(click)
            case Button.DETAILS:
                return self._details(click.reply_to.person, click.value, 0)
        number = min(int(click.value), LAST) if click.value.isascii() and click.value.isdecimal() else 0
        if click.form is FormKind.SOME:
            return self._boxes(click.carried, number, click.left_out)
        return self._details(click.reply_to.person, click.carried, number)

    def _details(self, by: Person, token: str, page: int) -> DetailsForm | Sentence:
        """Return one page of a request's whole plan, as it stands now; who looks at it is on record as of ``show``."""
        with self.store.reading() as reading:
            request = reading.request_by_token(Token(token)) or reading.request_by_former_token(Token(token))
        if request is None:
            return Sentence(text="I don't know the request of this button.", hint="/img history shows the newest.")
        if not page:
            with self.store.transaction() as tx:
                tx.note(RecordRead(at=self.now(), by=by, query=render(Show(request=request.id))))
        return DetailsForm(request=request, page=page)

    def _boxes(self, token: str, page: int, left_out: frozenset[int]) -> Form | Sentence:
        """Return one page of the form in which steps are left out, with what was left out on the others."""
        with self.store.reading() as reading:
            request, fleet = reading.request_by_token(Token(token)), reading.fleet_by_token(Token(token))
        if fleet is not None:
            return Form(kind=FormKind.SOME, value=fleet.asked.token, fleet=fleet, page=page, left_out=left_out)
        if request is None:
            return Sentence(text="Steps were left out of this plan by now.", hint="Look at the message again.")
        return Form(kind=FormKind.SOME, value=request.token, request=request, page=page, left_out=left_out)
