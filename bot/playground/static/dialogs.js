// A button's confirmation, and modals.

import { drawBlocks } from "./blocks.js";
import { byId, h, post, say } from "./dom.js";
import { entered, fieldsOf, keepEntered } from "./inputs.js";
import { words } from "./mrkdwn.js";

// Resolves to true when the person goes on.
export function confirmed(confirm, names) {
  const dialog = byId("confirm");
  return new Promise((resolve) => {
    const done = (answer) => { dialog.onclose = null; dialog.close(); resolve(answer); };
    dialog.onclose = () => resolve(false);
    dialog.replaceChildren(
      h("h2", { id: "confirm-title" }, ...words(confirm.title, names)),
      h("div", { class: "body" }, ...words(confirm.text, names)),
      h("div", { class: "foot" },
        h("button", { type: "button", class: "button", "data-testid": "confirm-cancel", onclick: () => done(false) },
          ...words(confirm.deny, names)),
        h("button", { type: "button", class: `button ${confirm.style === "danger" ? "danger" : "primary"}`,
          "data-testid": "confirm-ok", onclick: () => done(true) }, ...words(confirm.confirm, names))));
    dialog.showModal();
  });
}

let shown = null;

// Shows the modal that is on top for this person, or none; it is drawn anew only when it is another.
export function showModal(view, me, names, does) {
  const dialog = byId("modal");
  const key = view && `${view.id} ${view.hash} ${me}`;
  if (key === shown) return;
  const updated = view && shown?.startsWith(`${view.id} `);
  const before = updated ? fieldsOf(dialog) : [];
  const focused = updated && dialog.contains(document.activeElement) ? document.activeElement.id : "";
  shown = key;
  dialog.onclose = null;
  if (!view) {
    if (dialog.open) dialog.close();
    return;
  }
  dialog.onclose = () => { shown = null; post("close", { user: me, view_id: view.id }); };
  dialog.replaceChildren(form(view, me, names, does));
  keepEntered(dialog, before);
  if (!dialog.open) dialog.showModal();
  if (focused) byId(focused)?.focus();
}

function form(view, me, names, does) {
  const close = () => byId("modal").close();
  return h("form", { class: "form", novalidate: true, onsubmit: (event) => submit(event, view, me) },
    h("h2", { id: "modal-title" }, ...words(view.title, names)),
    h("div", { class: "body" }, ...drawBlocks(view.blocks, names, does)),
    h("p", { class: "error", "data-error": "" }),
    h("div", { class: "foot" },
      h("button", { type: "button", class: "button", "data-testid": "modal-close", onclick: close }, view.close?.text ?? "Close"),
      view.submit ? h("button", { type: "submit", class: "button primary", "data-testid": "modal-submit" }, view.submit.text) : ""));
}

async function submit(event, view, me) {
  event.preventDefault();
  const target = event.currentTarget;
  const answer = await post("submit", { user: me, view_id: view.id, values: entered(target) });
  if (!answer.ok) return say(`The form was not sent (${answer.error}).`);
  for (const place of target.querySelectorAll("[data-error]")) {
    const text = answer.errors[place.dataset.error] ?? "";
    place.textContent = text;
    const entry = target.querySelector(`[data-input="${CSS.escape(place.dataset.error)}"]`);
    entry?.setAttribute("aria-invalid", String(Boolean(text)));
  }
  target.querySelector("[aria-invalid=true]")?.focus();
}
