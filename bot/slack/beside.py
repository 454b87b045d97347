"""What else there is to know of a request: who looks, what was left out, who follows, whether the glass was broken."""

from bot.approval.request import Request, State
from bot.slack.mrkdwn import approver, code, cut, date, escape, listed, mention
from bot.slack.undo import window

WORD = 100
"""Characters of a name in a line of small print."""
LINE = 250
"""Characters of all the names, or people, in such a line."""


def glass(request: Request) -> str:
    """Return what all who could have approved are told where the glass was broken."""
    whom = " ".join(approver(each) for each in request.deciders)
    if request.review is None:
        return f"🚨 *The glass was broken*: nobody approved this. {whom}: one of you has to review it."
    review = request.review
    note = f": {escape(review.note)}" if review.note else ""
    return f"🚨 *The glass was broken*: nobody approved this. Reviewed by {mention(review.by)} {date(review.at)}{note}"


def beside(request: Request) -> tuple[str, ...]:
    """Return what else there is to know: who looks, what was left out, who follows."""
    lines = [
        f"✂️ {mention(each.by)} left out {listed([code(cut(word, WORD)) for word in each.words], LINE)}"
        for each in request.left_out[-3:]
    ]
    if lines:
        lines[-1] += "; approvals from before are void"
    if request.look is not None and request.state is State.PENDING:
        lines.append(f"👀 {mention(request.look.by)} is looking")
    if request.followers:
        lines.append(f"also asked for by {listed(list(map(mention, request.followers)), LINE)}")
    return (*lines, *window(request))
