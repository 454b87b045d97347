// What is inside: the hosts as pictures, and the record with its chain.

import { byId, h } from "./dom.js";
import { drawLayers, drawTable } from "./layers.js";
import { addEvents, lastEvent } from "./record.js";
import { live } from "./live.js";

const shown = { hosts: [], host: null, request: undefined, table: localStorage.getItem("as-table") === "on" };

export function watchInside() {
  live(() => `/play/live?after=${lastEvent()}`, take, () => {});
  byId("as-table").addEventListener("click", () => {
    shown.table = !shown.table;
    localStorage.setItem("as-table", shown.table ? "on" : "off");
    draw();
  });
}

// A workspace that was begun anew in another folder has another record: then all of this page is of the past.
let workspace = null;
function takeAbout(about) {
  if (workspace && workspace !== about.workspace) location.reload();
  workspace = about.workspace;
  byId("banner").textContent = about.banner.text;
  byId("banner").hidden = !about.banner.text;
  byId("banner").classList.toggle("real", about.banner.real);
  byId("trouble-button").classList.toggle("on", about.trouble);
}

function take(told) {
  if (told.about) takeAbout(told.about);
  if (told.record) addEvents(told.record);
  if (told.hosts) {
    const before = shown.hosts.flatMap((host) => host.plans.map((plan) => plan.request));
    const newest = told.hosts.flatMap((host) => host.plans).filter((plan) => !before.includes(plan.request)).pop();
    if (newest) shown.request = undefined;
    shown.hosts = told.hosts;
    draw();
  }
}

function draw() {
  const host = shown.hosts.find((each) => each.host === shown.host) ?? shown.hosts[0];
  byId("inside").classList.toggle("empty", !host);
  if (!host) return byId("host").replaceChildren(h("p", { class: "nothing" }, "No host answers yet."));
  const plan = chosenPlan(host);
  drawTitle(host);
  drawSilence(host);
  drawPlans(host, plan);
  byId("as-table").setAttribute("aria-pressed", String(shown.table));
  byId("legend").hidden = shown.table || !host.rows.length;
  byId("legend").replaceChildren(...legend(plan, host));
  if (shown.table) byId("host").replaceChildren(drawTable(host, plan));
  else if (!host.rows.length && host.silent) byId("host").replaceChildren(h("p", { class: "nothing" }, "It has not answered yet."));
  else drawLayers(byId("host"), host, plan);
}

// The newest plan, unless another was chosen (null: none).
function chosenPlan(host) {
  if (shown.request === null) return null;
  return host.plans.find((plan) => plan.request === shown.request) ?? host.plans[host.plans.length - 1] ?? null;
}

function drawTitle(host) {
  const there = host.rows.filter((row) => !row.went).length;
  const words = `${there} ${there === 1 ? "image" : "images"}, ${size(host.bytes)}`;
  const names = shown.hosts.map((each) => each.host);
  byId("host-title").replaceChildren(names.length < 2 ? h("b", {}, host.host) : h("select", {
    "aria-label": "Host", onchange: (event) => { shown.host = event.target.value; draw(); },
  }, ...shown.hosts.map(({ host: name, silent }) => h("option", { value: name, selected: name === host.host }, silent ? `${name} (silent)` : name))), h("span", {}, ` ${words}`));
}

// A host that does not answer stays, as it was when it did.
function drawSilence(host) {
  byId("silent").hidden = !host.silent;
  byId("silent").textContent = host.silent ? `🔌 ${host.silent}${host.rows.length ? " This is how it was." : ""}` : "";
  byId("host").classList.toggle("past", Boolean(host.silent));
}

function drawPlans(host, plan) {
  byId("plans").replaceChildren(...host.plans.map((each) => h("button", {
    type: "button", class: "plan", "aria-pressed": String(each === plan), "data-testid": `plan-${each.request}`,
    onclick: () => { shown.request = each === plan ? null : each.request; draw(); },
  }, `Request ${each.request} `, h("span", {}, `${each.state}, frees ${size(each.bytes)}`))));
}

function legend(plan, host) {
  const item = (kind, text) => h("span", {}, h("i", { class: `block ${kind}` }), text);
  return [item("shared", "shared by several images"), item("own", "of one image"),
    ...(plan ? [item("goes", `goes with request ${plan.request}`)] : []),
    ...(host.rows.some((row) => row.went) ? [item("went", "went")] : [])];
}

export function size(bytes) {
  const steps = ["bytes", "kB", "MB", "GB", "TB"];
  let step = 0;
  let value = bytes;
  while (value >= 1000 && step < steps.length - 1) { value /= 1000; step += 1; }
  return `${step && value < 100 ? Number(value.toFixed(1)) : Math.round(value)} ${steps[step]}`;
}
