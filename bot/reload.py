"""Reading imgbot.toml again while the bot runs (SIGHUP): the rules count at once, or nothing changes."""

import structlog

from bot.approval.policy import Policy
from bot.flows.in_force import InForce
from bot.settings import BadSettings, Settings, needs_restart, policy, read

log = structlog.get_logger()

NOBODY = "nobody may approve, so nothing can be approved: no rule in imgbot.toml names approvers"
OBSERVES = "only observing: nothing can be removed"


def reloaded(settings: Settings, in_force: InForce) -> Settings:
    """Read the file of *settings* again, and return what counts now: these settings where it cannot be used."""
    if settings.path is None:
        log.warning("there is no file of settings to read again")
        return settings
    try:
        file = read(settings.path)
        made = policy(file)
        changes = in_force.replace(made)
    except BadSettings as error:
        log.warning("the file of settings is bad, so nothing has changed", faults=list(error.faults))
        return settings
    except Exception:  # the database may fail in any way; the bot goes on by the rules that it has
        log.exception("the change could not be written to the record, so nothing has changed")
        return settings
    log.info("the file of settings was read again", changes=list(changes))
    if parts := needs_restart(settings.file, file):
        log.warning("these parts are read only at the start: restart the bot to use them", parts=list(parts))
    warn(made)
    return settings.model_copy(update={"file": file.model_copy(update=_of_the_start(settings))})


def _of_the_start(settings: Settings) -> dict[str, object]:
    """Return the parts that still are as they were at the start, so that each reading is held against them."""
    return {
        "slack": settings.file.slack,
        "http": settings.file.http,
        "hosts": settings.file.hosts,
        "mode": settings.file.mode,
        "audit": settings.file.audit,
    }


def warn(policy: Policy) -> None:
    """Log what an operator should know of a policy that counts from now on."""
    if policy.observes:
        log.warning(OBSERVES)
    if not policy.approvers:
        log.warning(NOBODY)
