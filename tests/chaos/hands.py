"""What one person does in the workspace: types, presses, fills in. Whether it arrived shows in what comes of it."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import requests

from bot.approval.request import Request
from bot.flows.ports import Purpose
from tests.chaos.scene import APPROVALS, DANA, DEV, LEADS, SAM, Scene

ANSWERS_WITHIN = 1.5
"""Seconds that somebody waits for a private answer before they look for it."""


class Hands:
    """The hands of everybody in the workspace."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._filling = defaultdict[str, threading.Lock](threading.Lock)

    def type(self, user: str, text: str) -> bool:
        """Type a command. Returns whether the bot has it."""
        return self._do("command", user=user, channel=DEV if user in {DANA, SAM} else APPROVALS, text=f"/img {text}")

    def press(self, user: str, request: Request, button: str) -> bool:
        """Press a button of the message about a request, where it is there by now: the bot may not know that yet.

        Returns whether the bot has it.
        """
        with self._scene.store.reading() as reading:
            message = reading.message(request.id, Purpose.APPROVALS)
        ts = message.ts if message and message.ts else self._seen(user, request)
        return bool(ts) and self._do("click", user=user, channel=APPROVALS, ts=ts, action_id=button)

    def _seen(self, user: str, request: Request) -> str:
        """Return which message in the approvals channel is about a request; nothing where none is."""
        number = request.member.fleet if request.member else request.id
        about = {"event_type": "img_request", "event_payload": {"id": str(number)}}
        said = [m for m in self._state(user)["messages"] if m["channel"] == APPROVALS and m.get("metadata") == about]
        return str(said[-1]["ts"]) if said else ""

    def press_newest(self, user: str, button: str, word: str = "") -> bool:
        """Press a button of the newest private answer that has it and this word. Returns whether the bot has it."""
        for message in reversed(self._state(user)["messages"]):
            if message.get("only_for") == user and button in str(message) and word in str(message):
                return self._do("click", user=user, channel=message["channel"], ts=message["ts"], action_id=button)
        return False

    def fill(self, user: str, request: Request, button: str, filled: Mapping[str, str | list[str]]) -> None:
        """Press a button, fill in the form that comes up, by the names of its blocks, and close it."""
        with self._filling[user]:
            form = self._form(user) if self.press(user, request, button) else None
            if form is not None:
                self._submit(user, form, filled)

    def break_glass(self, command: str, mark: str) -> None:
        """Ask for a plan, press the button of the newest answer, and fill in the form with the plan's code."""
        if not self.type(DANA, f"{command} --break-glass"):
            return
        time.sleep(ANSWERS_WITHIN)
        with self._filling[DANA]:
            form = self._form(DANA) if self.press_newest(DANA, "img_break_glass", mark) else None
            if form is not None:
                code = str(form["blocks"]).partition("Type the plan's code: ")[2][:9]
                self._submit(DANA, form, {"text": "it is on fire, and nobody is awake", "code": code})

    def open_home(self, user: str) -> None:
        """Open the Home tab."""
        self._do("home", user=user)

    def read_on(self, user: str) -> None:
        """Look at the whole plan of a request in the newest list of them, and close it."""
        with self._free(user) as free:
            form = self._form(user) if free and self.press_newest(user, "img_details") else None
            if form is not None:
                self._do("close", user=user, view_id=form["id"])

    def choose(self, user: str, host: str) -> None:
        """Open the form to ask in, choose another host there, and close it."""
        with self._free(user) as free:
            form = self._form(user) if free and self.type(user, "rm") else None
            if form is not None:
                self._do("click", user=user, view_id=form["id"], action_id="img_host", chosen=host)
                time.sleep(ANSWERS_WITHIN)
                self._do("close", user=user, view_id=form["id"])

    def deactivate(self, user: str, *, deleted: bool) -> None:
        """Deactivate an account, or activate it again."""
        self._do("deactivate", user=user, deleted=deleted)

    def regroup(self, members: Sequence[str]) -> None:
        """Have these people in the group of the leads."""
        self._do("group", group=LEADS, members=list(members))

    def _form(self, user: str) -> dict[str, Any] | None:
        for _ in range(30):  # a trigger lasts three seconds
            if form := self._state(user).get("modal"):
                return dict(form)
            time.sleep(0.1)
        return None

    def _submit(self, user: str, form: Mapping[str, Any], filled: Mapping[str, str | list[str]]) -> None:
        values = {block: {block.partition("-")[0]: value} for block, value in filled.items()}
        self._do("submit", user=user, view_id=form["id"], values=values)
        self._do("close", user=user, view_id=form["id"])

    def _do(self, what: str, **given: object) -> bool:
        """Do something. Returns whether the bot acknowledged it."""
        answer = requests.post(f"{self._scene.place.url}/play/{what}", json=given, timeout=30)
        return answer.ok and answer.json().get("outcome") == "acknowledged"

    @contextmanager
    def _free(self, user: str) -> Iterator[bool]:
        """Say whether somebody has no form open, and let nobody else open one for them within the block."""
        free = self._filling[user].acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self._filling[user].release()

    def _state(self, user: str) -> dict[str, Any]:
        return dict(requests.get(f"{self._scene.place.url}/play/state", params={"user": user}, timeout=30).json())
