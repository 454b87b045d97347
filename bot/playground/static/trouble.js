// A panel that makes Slack fail, by chances, and counts what went wrong.

import { byId, h, post } from "./dom.js";

const FAULTS = [
  ["busy", "Busy", "429 with Retry-After, nothing is done"],
  ["failing", "Failing", "500, nothing is done"],
  ["lost", "Answers lost", "it is done, and nobody is told"],
  ["repeated", "Twice and more", "a command or click is delivered up to four times"],
  ["shuffled", "Out of order", "a delivery is held back while later ones go"],
  ["cut", "Connections cut", "the connection ends right after a delivery"],
  ["tableless", "No tables", "a message with a table is refused; for an hour imgbot then draws lists instead"],
];
const PRESETS = [
  ["All well", {}],
  ["A bad day", { busy: 0.2, failing: 0.1, lost: 0.1, repeated: 0.3, shuffled: 0.2, slow: 0.5 }],
  ["Everything at once", { busy: 0.3, failing: 0.2, lost: 0.2, repeated: 0.6, shuffled: 0.5, cut: 0.4, slow: 1 }],
];

export async function openTrouble() {
  const now = await (await fetch("/play/trouble")).json();
  const dialog = byId("trouble");
  dialog.replaceChildren(
    h("h2", { id: "trouble-title" }, "Make Slack fail"),
    h("div", { class: "body" },
      h("p", {}, "imgbot has to come through all of it: nothing removed twice, nothing lost, every message right in the end."),
      h("div", { class: "presets", role: "group", "aria-label": "All at once" }, ...PRESETS.map(([name, chances]) => h("button", {
        type: "button", class: "button", onclick: () => { set(dialog, chances); begin(dialog); } }, name))),
      ...FAULTS.map(([name, title, says]) => chance(dialog, name, title, says, now)),
      slider(dialog, "slow", "Slow", "seconds that a call takes at most", now.chances.slow, 3, (value) => `${value.toFixed(1)} s`)),
    h("div", { class: "foot" }, h("button", { type: "button", class: "button primary", onclick: () => dialog.close() }, "Close")));
  if (!dialog.open) dialog.showModal();
}

function chance(dialog, name, title, says, now) {
  const percent = (value) => `${Math.round(value * 100)} %`;
  return slider(dialog, name, title, says, now.chances[name], 1, percent, now.counts[name]);
}

function slider(dialog, name, title, says, value, most, told, count) {
  const output = h("output", { for: `trouble-${name}` }, told(value));
  const entry = h("input", { type: "range", id: `trouble-${name}`, name, min: 0, max: most, step: most / 20, value,
    "data-testid": `trouble-${name}`, "aria-describedby": `trouble-${name}-says`,
    oninput: () => { output.textContent = told(Number(entry.value)); }, onchange: () => begin(dialog) });
  entry.redraw = () => { output.textContent = told(Number(entry.value)); };
  return h("div", { class: "fault" }, h("label", { for: `trouble-${name}` }, title), entry, output,
    h("small", { id: `trouble-${name}-says` }, says, count ? ` · ${count} so far` : ""));
}

function set(dialog, chances) {
  for (const entry of dialog.querySelectorAll("input")) {
    entry.value = chances[entry.name] ?? 0;
    entry.redraw();
  }
}

async function begin(dialog) {
  const chances = Object.fromEntries([...dialog.querySelectorAll("input")].map((entry) => [entry.name, Number(entry.value)]));
  const failing = Object.values(chances).some((value) => value > 0);
  await post("trouble", { ...chances, seed: Math.floor(Math.random() * 1_000_000) }); // not the same bad luck each time
  byId("trouble-button").classList.toggle("on", failing);
}
