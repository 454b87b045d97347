"""What else there is to know of a request: who looks, what was left out, who follows, whether the glass was broken."""

from bot.approval.request import Request, State
from bot.slack.mrkdwn import approver, code, date, escape, mention


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
        f"✂️ {mention(each.by)} left out {', '.join(code(word) for word in each.words[:8])}"
        + (f" and {len(each.words) - 8} more" if len(each.words) > 8 else "")  # noqa: PLR2004 -- what fits a line
        for each in request.left_out[-3:]
    ]
    if request.look is not None and request.state is State.PENDING:
        lines.append(f"👀 {mention(request.look.by)} is looking")
    if request.followers:
        lines.append(f"also asked for by {', '.join(map(mention, request.followers[:10]))}")
    return tuple(lines)
