// What is offered while a slash command is typed: commands, options and images, by the bot's own grammar.

import { byId, h } from "./dom.js";

const MOST = 8;
let known = null;
let asked = 0;
let chosen = -1;

// The list is asked for when somebody begins to type, and again when it is old: images come and go.
async function learn() {
  if (Date.now() - asked < 3000) return;
  asked = Date.now();
  const answer = await fetch("/play/commands").catch(() => null);
  if (answer?.ok) known = await answer.json();
}

export async function offer() {
  const composer = byId("composer");
  if (!composer.value.startsWith("/")) return close();
  await learn();
  const text = composer.value; // it may have been sent meanwhile
  if (!text.startsWith("/")) return close();
  const found = known && composer.selectionStart === text.length ? offersFor(text).slice(0, MOST) : [];
  byId("usage").textContent = known?.commands.find((each) => text.startsWith(`${each.typed} `))?.usage ?? "";
  draw(found);
}

function offersFor(text) {
  const command = known.commands.find((each) => text.startsWith(`${each.typed} `));
  if (!command) {
    const fits = known.commands.filter((each) => each.typed.startsWith(text) && each.typed !== text);
    return fits.map((each) => ({ whole: `${each.typed} `, shown: each.typed, says: each.says }));
  }
  const start = text.lastIndexOf(" ") + 1;
  const word = text.slice(start);
  const before = text.slice(0, start);
  const words = text.split(" ");
  if (word.startsWith("-")) {
    return command.options.filter((each) => each.typed.startsWith(word) && each.typed !== word && !words.includes(each.typed))
      .map((each) => ({ whole: `${before}${each.typed} `, shown: each.usage, says: each.says }));
  }
  if (!command.images || !word) return [];
  return known.images.filter((name) => name.includes(word) && name !== word && !words.includes(name))
    .sort((one, other) => Number(other.startsWith(word)) - Number(one.startsWith(word)))
    .map((name) => ({ whole: `${before}${name}`, shown: name, says: "" }));
}

function draw(offers) {
  const list = byId("offers");
  chosen = -1;
  list.replaceChildren(...offers.map((each, at) => h("li", {
    id: `offer-${at}`, role: "option", "aria-selected": "false", "data-whole": each.whole,
    onmousedown: (event) => { event.preventDefault(); accept(at); },
  }, h("b", {}, each.shown), each.says ? h("span", {}, each.says) : "")));
  list.hidden = !offers.length;
  byId("composer").setAttribute("aria-expanded", String(offers.length > 0));
  byId("composer").removeAttribute("aria-activedescendant");
}

export function close() {
  draw([]);
}

function choose(step) {
  const offers = [...byId("offers").children];
  chosen = (chosen + step + offers.length + (chosen < 0 && step < 0 ? 1 : 0)) % offers.length;
  offers.forEach((each, at) => each.setAttribute("aria-selected", String(at === chosen)));
  offers[chosen].scrollIntoView({ block: "nearest" });
  byId("composer").setAttribute("aria-activedescendant", `offer-${chosen}`);
}

function accept(at) {
  const composer = byId("composer");
  composer.value = byId("offers").children[at].dataset.whole;
  composer.dispatchEvent(new Event("input"));
}

// Whether the key was for the list.
export function key(event) {
  if (byId("offers").hidden) return false;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") choose(event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Tab" && !event.shiftKey) accept(Math.max(chosen, 0));
  else if (event.key === "Enter" && chosen >= 0) accept(chosen);
  else if (event.key === "Escape") close();
  else return false;
  event.preventDefault();
  return true;
}
