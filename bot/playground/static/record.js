// The record: each event with its hash and that of the one before it, and each hash computed once more here.

import { byId, h } from "./dom.js";

let last = { sequence: 0, hash: "0".repeat(64) };
let broken = null;
let adding = Promise.resolve();

export const lastEvent = () => last.sequence;

// Events come in order; what is asked for twice after a new connection is left out.
export function addEvents(events) {
  adding = adding.then(async () => {
    const list = byId("record");
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    for (const event of events.filter((each) => each.sequence > last.sequence)) {
      const whole = await checks(event);
      if (!whole && broken === null) broken = event.sequence;
      list.append(drawEvent(event, whole));
      last = event;
    }
    say();
    if (atEnd) list.scrollTop = list.scrollHeight;
  });
}

async function checks(event) {
  const sealed = new TextEncoder().encode(event.previous + event.sealed);
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", sealed));
  const hash = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hash === event.hash && event.previous === last.hash && event.sequence === last.sequence + 1;
}

function say() {
  const count = `${last.sequence} ${last.sequence === 1 ? "event" : "events"}`;
  byId("record-says").textContent = broken === null
    ? `${count}, every hash computed again in this browser: whole`
    : `${count}, and event ${broken} is not what was sealed`;
  byId("record-says").classList.toggle("broken", broken !== null);
}

function drawEvent(event, whole) {
  const at = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(new Date(event.at));
  return h("li", { class: whole ? "" : "broken", "data-testid": "event" }, h("details", {},
    h("summary", {}, h("span", { class: "number" }, event.sequence), h("b", {}, kindOf(event)),
      h("span", { class: "about" }, event.request ? `request ${event.request}` : ""), h("time", { datetime: event.at }, at),
      h("span", { class: "links" }, hash(event.previous), h("span", { "aria-hidden": "true" }, "→"), hash(event.hash))),
    h("p", { class: "sum" }, "SHA-256( ", hash(event.previous), " ‖ event ) = ", hash(event.hash, 64)),
    h("pre", { tabindex: "0" }, JSON.stringify(event.body, null, 2))));
}

const kindOf = (event) => (event.kind[0].toUpperCase() + event.kind.slice(1)).replaceAll("-", " ");

// The same hash has the same colour: one sees each event hold on to the one before it.
function hash(text, length = 6) {
  const mark = h("i", { "aria-hidden": "true" });
  mark.style.setProperty("--hue", parseInt(text.slice(0, 4), 16) % 360);
  return h("code", { class: "hash" }, mark, text.slice(0, length));
}
