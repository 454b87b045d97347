// What the keyboard does, as a list.

import { byId, h } from "./dom.js";

const KEYS = [
  ["/", "go to the composer"],
  ["Tab or Enter", "take what is offered while you type; arrow keys choose"],
  ["↑", "the last command again, in an empty composer"],
  ["Alt+↑, Alt+↓", "the channel above or below"],
  ["Alt+1 … Alt+4", "become Dana, Olga, Omar or Sam"],
  ["Esc", "close a form, a thread, a list or the menu"],
  ["?", "this list"],
];

export function openShortcuts() {
  const dialog = byId("shortcuts");
  dialog.replaceChildren(
    h("h2", { id: "shortcuts-title" }, "Keyboard shortcuts"),
    h("dl", { class: "body keys" }, ...KEYS.map(([keys, says]) => h("div", {}, h("dt", {}, h("kbd", {}, keys)), h("dd", {}, says)))),
    h("form", { method: "dialog", class: "foot" },
      h("button", { class: "button", type: "button", "data-testid": "first-again", onclick: () => again(dialog) }, "Show the first minute again"),
      h("button", { class: "button primary", type: "button", onclick: () => dialog.close() }, "Close")));
  if (!dialog.open) dialog.showModal();
}

function again(dialog) {
  localStorage.removeItem("first");
  dialog.close();
  for (const frame of document.querySelectorAll("iframe")) frame.contentWindow.postMessage({ first: "again" }, location.origin);
}
