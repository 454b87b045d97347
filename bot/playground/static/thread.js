// The pane with one thread: its message and what was said under it.

import { byId, h } from "./dom.js";
import { arrange, drawMessage } from "./messages.js";
import { session } from "./session.js";

export function drawThread() {
  const pane = byId("thread");
  const mine = session.state.messages.filter((message) => message.channel === session.here);
  const parent = mine.find((message) => message.ts === session.thread);
  pane.hidden = !parent;
  document.body.classList.toggle("in-thread", Boolean(parent));
  if (!parent) return;
  if (!pane.childElementCount) pane.append(head(), h("div", { class: "log", tabindex: "0", role: "log", "aria-label": "Thread" }));
  const log = pane.lastElementChild;
  const old = new Map([...log.children].map((element) => [element.dataset.key, element]));
  const atEnd = log.dataset.of !== parent.ts || log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  arrange(log, [parent, ...mine.filter((message) => message.thread_ts === parent.ts && message !== parent)].map((message) => {
    const key = `${session.me} ${message.ts} ${message.revision}`;
    return old.get(key) ?? drawMessage(message, [], key);
  }));
  if (atEnd) log.scrollTop = log.scrollHeight;
  log.dataset.of = parent.ts;
}

function head() {
  return h("header", {}, h("h2", { id: "thread-title", tabindex: "-1" }, "Thread"),
    h("button", { type: "button", class: "close", "data-testid": "thread-close", "aria-label": "Close the thread", onclick: closeThread }, "✕"));
}

export function closeThread() {
  const ts = session.thread;
  session.thread = null;
  document.dispatchEvent(new Event("redraw"));
  document.querySelector(`#log [data-ts="${ts}"] .thread-link`)?.focus();
}
