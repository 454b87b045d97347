// The first minute: what to try, ticked when it was done; put away for good with one click.

import { fill } from "./composer.js";
import { byId, h } from "./dom.js";
import { become, go } from "./seat.js";
import { session } from "./session.js";

const LEAD = "U0LEAD";
const REQUESTS = "C0APPROVALS";
const SECOND = new URLSearchParams(location.search).get("seat") === "right"; // one list for both seats
const beside = () => window.parent !== window && window.parent.frames.length > 1;

// {workspace, done: [step], away}: of another workspace's first minute nothing counts.
function minute() {
  const kept = JSON.parse(localStorage.getItem("first") ?? "null");
  const workspace = session.state?.workspace;
  if (kept?.workspace === workspace) return kept;
  return { workspace, done: [], away: kept?.away ?? false };
}

function keep(changes) {
  localStorage.setItem("first", JSON.stringify({ ...minute(), ...changes }));
  if (session.state) drawGuide();
}

// Somebody typed a command, or pressed a button: `what` is the text or the button's action ID.
export function did(what, person) {
  const steps = session.state.suggestions.map((text) => text.split(" ")[1]);
  const step = what === "img_approve" && person !== "U0DEV" ? "approve" : steps.find((word) => what.split(/\s+/)[1] === word);
  const { done } = minute();
  if (step && !done.includes(step)) keep({ done: [...done, step] });
}

export function drawGuide() {
  const { done, away } = minute();
  const place = byId("guide");
  const key = JSON.stringify([done, away, session.me, session.here, beside()]);
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.hidden = away || SECOND;
  const typed = session.state.suggestions.map((text) => [text.split(" ")[1], chip(text)]);
  const steps = [...typed.slice(0, 2), ["approve", approve()], ...typed.slice(2)];
  const next = steps.find(([step]) => !done.includes(step))?.[0];
  place.replaceChildren(
    h("ol", {}, h("li", { class: "lead" }, next ? "Try it" : "That was it"), ...steps.map(([step, does]) => h("li", { class: done.includes(step) ? "done" : step === next ? "next" : "" },
      does, done.includes(step) ? h("span", { class: "unseen" }, " (done)") : ""))),
    h("button", { type: "button", class: "close", "data-testid": "first-away", "aria-label": next ? "Put the first minute away" : "Done: put this away",
      onclick: () => { keep({ away: true }); byId("composer").focus(); } }, next ? "✕" : "Done ✕"));
}

const chip = (text) => h("button", { type: "button", class: "chip", "data-testid": "chip", onclick: () => fill(text) }, text);

function approve() {
  const there = session.me === LEAD && session.here === REQUESTS;
  if (!there && beside()) return h("span", { class: "step" }, "Olga, on the right, presses Approve");
  if (there) return h("span", { class: "step" }, "Press Approve");
  return h("button", { type: "button", class: "step", "data-testid": "first-approve", onclick: () => { go(REQUESTS); become(LEAD); } },
    session.me === LEAD ? "Open #img-approvals, press Approve" : "Become Olga, press Approve");
}

window.addEventListener("storage", () => session.state && drawGuide());
window.addEventListener("message", (event) => {
  if (event.origin === location.origin && event.data?.first === "again") keep({ away: false, done: [] });
});
