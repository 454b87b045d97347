"""A simulated Docker daemon: the Engine API over HTTP, on a world that is a value.

It answers a removal with what ``bot.images`` predicts of it. That the prediction is true is shown elsewhere, against
real daemons; here it means that a demo behaves as Docker does and costs nobody an image.
"""

import json
from collections.abc import Callable
from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.images.ids import ImageId
from bot.images.listing import BadFilter, listed
from bot.images.reference import Reference, parse, with_default_tag
from bot.images.removal import DeletedImage, Record, Refusal, Refused, Untagged
from bot.playground import engine_api
from bot.playground.events import BadMoment, Events, moment
from bot.playground.versions import Versions
from bot.playground.world import API_VERSION, World, in_registries, meant, predicted, pulled, removed, tagged

_FALSE = frozenset({"", "0", "no", "false", "none"})
"""What the daemon takes for no in a query (moby, ``daemon/server/httputils``)."""
_STATUS = {Refusal.INVALID: 400, Refusal.NOT_FOUND: 404, Refusal.CONFLICT: 409, Refusal.FAILED: 500}


class SimulatedDaemon:
    """The daemon: it holds the world as it is now, and what happened.

    What was *published* can be pulled, which is all that it holds now where nothing else is said. *changed* is told
    each new world.
    """

    def __init__(
        self,
        world: World,
        now: Callable[[], float],
        *,
        published: World | None = None,
        changed: Callable[[World], None] | None = None,
    ) -> None:
        self.world = world
        self._in_registries = in_registries(published or world)
        self._now = now
        self._changed = changed
        self._events = Events(now)

    def app(self) -> Versions:
        """Return the Engine API, with and without a version before the path."""
        routes = [
            Route("/_ping", self.ping),
            Route("/version", lambda _: JSONResponse(engine_api.version())),
            Route("/info", lambda _: JSONResponse(engine_api.info(self.world, self._now()))),
            Route("/system/df", self.disk_usage),
            Route("/events", self.events),
            Route("/containers/json", self.containers),
            Route("/containers/{name}/json", self.container),
            Route("/distribution/{name:path}/json", self.distribution),
            Route("/images/json", self.images),
            Route("/images/create", self.pull, methods=["POST"]),
            Route("/images/{name:path}/json", self.inspect),
            Route("/images/{name:path}/history", self.history),
            Route("/images/{name:path}/tag", self.tag, methods=["POST"]),
            Route("/images/{name:path}", self.remove, methods=["DELETE"]),
        ]
        return Versions(Starlette(routes=routes, exception_handlers={404: _not_found, 405: _not_found}))

    def close(self) -> None:
        """Let those who listen go."""
        self._events.close()

    def _become(self, world: World) -> None:
        self.world = world
        if self._changed is not None:
            self._changed(world)

    async def ping(self, _request: Request) -> Response:
        """Answer ``GET`` and ``HEAD /_ping``."""
        return PlainTextResponse("OK", headers={"Api-Version": API_VERSION, "Ostype": "linux"})

    async def images(self, request: Request) -> Response:
        """Answer ``GET /images/json``, with Docker's filters."""
        given = json.loads(request.query_params.get("filters") or "{}")
        filters = tuple((key, value) for key, values in given.items() for value in values)
        rows = listed(self.world.inventory, None, filters, everything=_true(request.query_params.get("all", "")))
        if isinstance(rows, BadFilter):
            return _error(400, rows.message)
        return JSONResponse([engine_api.summary(self.world, replace(r.image, references=r.references)) for r in rows])

    async def inspect(self, request: Request) -> Response:
        """Answer ``GET /images/{name}/json``."""
        found = meant(self.world, request.path_params["name"])
        return _refused(found) if isinstance(found, Refused) else JSONResponse(engine_api.inspected(self.world, found))

    async def history(self, request: Request) -> Response:
        """Answer ``GET /images/{name}/history``."""
        found = meant(self.world, request.path_params["name"])
        return _refused(found) if isinstance(found, Refused) else JSONResponse(engine_api.history(self.world, found))

    async def containers(self, request: Request) -> Response:
        """Answer ``GET /containers/json``: the running ones, or with ``all=1`` every one."""
        every = _true(request.query_params.get("all", ""))
        containers = [c for c in self.world.inventory.containers if every or c.state.is_running]
        return JSONResponse([engine_api.listed(self.world, container) for container in containers])

    async def container(self, request: Request) -> Response:
        """Answer ``GET /containers/{id}/json``, by name too."""
        name = request.path_params["name"]
        found = [c for c in self.world.inventory.containers if name in (c.id, c.name)]
        if not found:
            return _error(404, f"No such container: {name}")
        return JSONResponse(engine_api.inspected_container(self.world, found[0]))

    async def remove(self, request: Request) -> Response:
        """Answer ``DELETE /images/{name}``, and do it."""
        force = _true(request.query_params.get("force", ""))
        prune = not _true(request.query_params.get("noprune", ""))
        outcome = predicted(self.world, request.path_params["name"], force=force, prune=prune)
        if isinstance(outcome, Refused):
            return _refused(outcome)
        self._become(removed(self.world, outcome.records))
        for record in outcome.records:
            self._tell(record)
        return JSONResponse(engine_api.answered(outcome.records))

    async def tag(self, request: Request) -> Response:
        """Answer ``POST /images/{name}/tag``."""
        found = meant(self.world, request.path_params["name"])
        if isinstance(found, Refused):
            return _refused(found)
        name = ":".join(filter(None, (request.query_params.get("repo", ""), request.query_params.get("tag"))))
        reference = parse(name)
        if not isinstance(reference, Reference):
            return _error(400, reference.message)
        self._become(tagged(self.world, found.id, with_default_tag(reference)))
        self._say("tag", found.id)
        return Response(status_code=201)

    async def distribution(self, request: Request) -> Response:
        """Answer ``GET /distribution/{name}/json``: registries have what was pulled from them when the world began.

        They let nobody into the repositories of ``acme``, which is how a registry without credentials answers.
        """
        reference = parse(request.path_params["name"])
        if not isinstance(reference, Reference):
            return _error(400, reference.message)
        if reference.path.startswith("acme/"):
            return _error(403, "denied: requested access to the resource is denied")
        if replace(reference, tag=None) not in self._in_registries:
            return _error(404, "manifest unknown: manifest unknown")
        return JSONResponse(engine_api.distribution(reference))

    async def pull(self, request: Request) -> Response:
        """Answer ``POST /images/create``: by digest, of the images that were there at the start."""
        name = f"{request.query_params.get('fromImage', '')}@{request.query_params.get('tag', '')}"
        reference = parse(name)
        if not isinstance(reference, Reference):
            return _error(400, reference.message)
        image = self._in_registries.get(reference)
        if image is None:
            return _error(404, f"manifest for {reference.familiar} not found: manifest unknown: manifest unknown")
        self._become(pulled(self.world, image, reference))
        self._say("pull", image.id)
        return StreamingResponse(iter(engine_api.pulling(reference)), media_type="application/json")

    async def disk_usage(self, request: Request) -> Response:
        """Answer ``GET /system/df``: of everything, or of the types that are asked for."""
        types = request.query_params.getlist("type")
        if unknown := [kind for kind in types if kind not in engine_api.USAGES]:
            return _error(400, f"unknown object type: {unknown[0]}")
        return JSONResponse(engine_api.disk_usage(self.world, types or list(engine_api.USAGES)))

    async def events(self, request: Request) -> Response:
        """Answer ``GET /events``: what is remembered since a moment, and what happens from now on or until another."""
        try:
            since, until = (moment(request.query_params.get(name)) for name in ("since", "until"))
        except BadMoment as error:
            return _error(400, str(error))
        if since is not None and until is not None and until < since:
            return _error(400, "`since` time cannot be after `until` time")
        return StreamingResponse(self._events.stream(since, until), media_type="application/json")

    def _tell(self, record: Record) -> None:
        match record:
            case Untagged(image_id=image_id):
                self._say("untag", image_id)
            case DeletedImage(image_id=image_id):
                self._say("delete", image_id)
            case _:
                return  # layers go without an event

    def _say(self, action: str, image_id: ImageId) -> None:
        self._events.say(engine_api.event(action, image_id, self._now()))


def _true(value: str) -> bool:
    return value.strip().lower() not in _FALSE


def _error(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status_code=status)


def _refused(refused: Refused) -> Response:
    return _error(_STATUS[refused.refusal], refused.message)


async def _not_found(_request: Request, _error_of: Exception) -> Response:
    return _error(404, "page not found")
