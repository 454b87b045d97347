// The stage: one or two people's seats, each a frame of its own, and what is inside beside them.

import { byId, h } from "./dom.js";
import { watchInside } from "./inside.js";
import { openShortcuts } from "./shortcuts.js";
import { openTrouble } from "./trouble.js";

const WIDE = matchMedia("(min-width: 1100px)");
const THEMES = { "": "Auto", light: "Light", dark: "Dark" };
const SEATS = {
  left: { title: "Workspace, first person", begin: () => `/seat?seat=left${location.hash}` },
  right: { title: "Workspace, second person", begin: () => "/seat?seat=right&first=U0LEAD#C0APPROVALS" },
};

const kept = (name, otherwise) => localStorage.getItem(name) ?? otherwise;

function seat(name) {
  const { title, begin } = SEATS[name];
  return h("iframe", { class: "seat", name, title, src: begin(), "data-testid": `seat-${name}` });
}

function draw() {
  const split = WIDE.matches && kept("split", "on") === "on";
  const inside = kept("inside", WIDE.matches ? "on" : "off") === "on";
  const seats = byId("seats");
  if (!seats.children.length) seats.append(seat("left"));
  if (split && seats.children.length < 2) seats.append(seat("right"));
  if (!split && seats.children.length > 1) seats.lastElementChild.remove();
  byId("split").setAttribute("aria-pressed", String(split));
  byId("inside-button").setAttribute("aria-pressed", String(inside));
  byId("inside").hidden = !inside;
  const theme = kept("theme", "");
  byId("theme-name").textContent = THEMES[theme];
  byId("theme").setAttribute("aria-label", `Theme: ${THEMES[theme]}`);
}

function turn(name, begin) {
  localStorage.setItem(name, kept(name, begin()) === "on" ? "off" : "on");
  draw();
}

function nextTheme() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(kept("theme", "")) + 1) % names.length];
  if (next) localStorage.setItem("theme", next);
  else localStorage.removeItem("theme");
  window.dispatchEvent(new Event("theme"));
  draw();
}

const does = {
  split: () => turn("split", () => "on"),
  inside: () => turn("inside", () => (WIDE.matches ? "on" : "off")),
  theme: nextTheme,
  trouble: openTrouble,
  shortcuts: openShortcuts,
};

byId("split").addEventListener("click", does.split);
byId("inside-button").addEventListener("click", does.inside);
byId("theme").addEventListener("click", does.theme);
byId("trouble-button").addEventListener("click", does.trouble);
byId("shortcuts-button").addEventListener("click", does.shortcuts);
WIDE.addEventListener("change", draw);
window.addEventListener("message", (event) => {
  if (event.origin === location.origin) does[event.data?.open]?.();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "?" && !event.target.closest("input, textarea, dialog")) openShortcuts();
});
watchInside();
draw();
