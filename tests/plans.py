"""The plan of a request that removes."""

from bot.approval.request import Request
from bot.images.removal import Plan


def removal_plan(request: Request) -> Plan:
    """Return the plan of a request that must be one to remove."""
    assert isinstance(request.plan, Plan)
    return request.plan
