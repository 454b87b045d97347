"""Looking at a daemon, and trying what its socket lets through, by calls that can do no harm.

What is asked about is not there: no image has an ID of zeros, and no reference is in capitals. A daemon says so (404,
400); a proxy before it says that it lets nothing through (401, 403, 405).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import requests
from docker import APIClient

from bot.dockerd import asking, translate
from bot.dockerd.faults import FAULTS
from bot.flows.facts import HostSeen, Trial

NO_IMAGE = f"sha256:{'0' * 64}"
NO_NAME = "NOT-A-NAME"
NOT_SO = 400
"""What a daemon says of a container that is made of nothing."""
KEPT_OFF = frozenset({401, 403, 405, 501})
WITHIN = 10.0
"""Seconds that a trial may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call: what it is ``for_``, and empty for what the bot never calls. ``says`` is how it is told to people."""

    method: str
    path: str
    says: str
    for_: str = ""
    removes: bool = False
    asks: bool = False


CALLS = (
    Call(method="GET", path="/images/json?digests=1", says="GET /images/json", for_="to list images"),
    Call(method="GET", path=f"/images/{NO_IMAGE}/json", says="GET /images/NAME/json", for_="to see layers"),
    Call(method="GET", path=f"/images/{NO_IMAGE}/history", says="GET /images/NAME/history", for_="to see sizes"),
    Call(method="GET", path="/containers/json?limit=1", says="GET /containers/json", for_="to see what is in use"),
    Call(method="GET", path="/events?since=1&until=2", says="GET /events", for_="to see what others do"),
    Call(
        method="GET",
        path=f"/distribution/{NO_NAME}/json",
        says="GET /distribution/NAME/json",
        for_="to ask registries",
        asks=True,
    ),
    Call(method="DELETE", path=f"/images/{NO_IMAGE}", says="DELETE /images/NAME", for_="to remove", removes=True),
    Call(
        method="POST",
        path=f"/images/{NO_IMAGE}/tag?repo=none&tag=none",
        says="POST /images/NAME/tag",
        for_="to give names back",
        removes=True,
    ),
    Call(
        method="POST",
        path=f"/images/create?fromImage={NO_NAME}",
        says="POST /images/create",
        for_="to restore",
        removes=True,
    ),
    Call(method="POST", path="/containers/create", says="POST /containers/create"),
)


def calls(*, removes: bool, asks: bool) -> Sequence[Call]:
    """Return the calls to try: of a bot that *removes*, and that *asks* registries."""
    return [call for call in CALLS if (removes or not call.removes) and (asks or not call.asks)]


def examined(client: APIClient, host: str, tried: Sequence[Call]) -> HostSeen:
    """Return what is seen of the daemon. Raises what a call may raise."""
    told = client.version(api_version=False)
    before = time.time_ns()
    info, reading = asking.info(client)
    middle = (before + time.time_ns()) // 2
    return HostSeen(
        host=host,
        version=str(told.get("Version", "")),
        api=str(client.api_version),
        store=translate.store(info),
        skew=timedelta(microseconds=(reading.time - middle) // 1000),
        trials=[Trial(call=call.says, needed=call.for_, refused=_refused(client, call)) for call in tried],
    )


def _refused(client: APIClient, call: Call) -> str:
    """Return what kept a call off; nothing where the daemon itself answered."""
    url = f"{client.base_url}/v{client.api_version}{call.path}"
    data = "{}" if call.method == "POST" else None
    headers = {"Content-Type": "application/json"} if data else {}
    try:
        with client.request(
            call.method, url, data=data, headers=headers, timeout=WITHIN, allow_redirects=False, stream=True
        ) as answer:
            status = answer.status_code
    except requests.Timeout:
        return f"no answer within {WITHIN:g} s"
    except FAULTS as error:
        return type(error).__name__
    let_through = status not in KEPT_OFF if call.for_ else status == NOT_SO
    return "" if let_through else f"status {status}"
