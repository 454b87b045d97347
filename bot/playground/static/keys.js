// What the keyboard does anywhere in a seat; the list of it is in shortcuts.js.

import { byId } from "./dom.js";
import { become, go, openMenu } from "./seat.js";
import { session } from "./session.js";
import { closeThread } from "./thread.js";

const typing = (target) => Boolean(target.closest?.("input, textarea, select, dialog"));

function beside(step) {
  const places = session.state.channels.map((channel) => channel.id);
  go(places[(places.indexOf(session.here) + step + places.length) % places.length]);
}

function person(number) {
  const offered = session.state.people.filter((each) => each.offered);
  if (offered[number - 1]) become(offered[number - 1].id);
}

document.addEventListener("keydown", (event) => {
  if (!session.state || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (session.thread) closeThread();
    openMenu(false);
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    beside(event.key === "ArrowUp" ? -1 : 1);
  } else if (event.altKey && /^[1-9]$/.test(event.key)) {
    event.preventDefault();
    person(Number(event.key));
  } else if (event.key === "/" && !typing(event.target)) {
    event.preventDefault();
    byId("composer").focus();
  } else if (event.key === "?" && !typing(event.target) && window.parent !== window) {
    window.parent.postMessage({ open: "shortcuts" }, location.origin);
  }
});

// A permalink of this workspace goes to its message here, and loads no other page.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const found = link && /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(new URL(link.href).pathname);
  if (!found || new URL(link.href).origin !== location.origin) return;
  event.preventDefault();
  go(found[1], `${found[2]}.${found[3]}`);
});
