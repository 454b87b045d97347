// One host's images and layers: as a picture, and as a table that says the same.

import { h } from "./dom.js";
import { size } from "./inside.js";

const ROW = 26;

// Draws in the place of what was there; what is there already moves and changes, so that one sees what goes.
export function drawLayers(place, host, plan) {
  let picture = place.querySelector(".layers");
  if (!picture) {
    picture = h("div", { class: "layers" }, h("div", { class: "blocks" }), h("div", { class: "labels" }));
    place.replaceChildren(picture);
  }
  const [blocks, labels] = picture.children;
  picture.style.height = `${host.rows.length * ROW}px`;
  put(blocks, host.blocks.map((block) => drawBlock(block, host, plan)));
  put(labels, host.rows.map((row, number) => drawLabel(row, number, plan)));
}

// Puts elements with a key in the place of those that have it.
function put(parent, wanted) {
  const old = new Map([...parent.children].map((element) => [element.dataset.key, element]));
  const kept = wanted.map((element) => {
    const before = old.get(element.dataset.key);
    if (!before) return element;
    before.className = element.className;
    before.title = element.title;
    before.style.cssText = element.style.cssText;
    before.replaceChildren(...element.childNodes);
    old.delete(element.dataset.key);
    return before;
  });
  for (const element of old.values()) element.remove();
  kept.forEach((element) => element.isConnected || parent.append(element));
}

function drawBlock(block, host, plan) {
  const goes = Boolean(plan?.layers.includes(block.chain)) && !block.went;
  const on = host.rows.slice(block.row, block.row + block.rows);
  const kind = block.went ? "went" : goes ? "goes" : on.filter((row) => !row.went).length > 1 ? "shared" : "own";
  const element = h("div", { class: `block ${kind}`, "data-key": `${block.chain} ${on[0].id}`,
    title: `${size(block.bytes)}, layer of ${on.map(called).join(", ")}${goes ? ", goes" : ""}` },
  h("span", {}, block.bytes ? size(block.bytes) : ""));
  element.style.cssText = `left:${block.start * 100}%;width:${block.width * 100}%;` +
    `top:${block.row * ROW}px;height:${block.rows * ROW}px`;
  return element;
}

function drawLabel(row, number, plan) {
  const fate = fateOf(row, plan);
  const names = row.names.length ? row.names.map((name) => nameOf(name, plan)) : [h("i", {}, nameless(row))];
  const element = h("div", { class: `label ${fate}`, "data-key": row.id, title: `${called(row)}, ${size(row.size)}` },
    h("span", { class: "names" }, ...names.flatMap((name, at) => (at ? [" ", name] : [name]))),
    row.containers.length ? h("small", { class: "used", title: row.containers.join(", ") }, "in use") : "",
    h("small", { class: "fate" }, WORDS[fate]), h("small", { class: "size" }, size(row.size)));
  element.style.cssText = `top:${number * ROW}px;height:${ROW}px`;
  return element;
}

const WORDS = { stays: "", untagged: "name goes", goes: "goes", went: "went" };

function fateOf(row, plan) {
  if (row.went) return "went";
  if (plan?.images.includes(row.id)) return "goes";
  return row.names.some((name) => plan?.names.includes(name)) ? "untagged" : "stays";
}

const nameOf = (name, plan) => (plan?.names.includes(name) ? h("del", {}, name) : h("b", {}, name));
// What is kept for an undo has no name that is anybody's.
const nameless = (row) => row.kept || `<none> ${row.short}`;
const called = (row) => row.names[0] ?? row.short;

export function drawTable(host, plan) {
  const users = new Map();
  for (const row of host.rows) for (const chain of row.went ? [] : row.layers) users.set(chain, (users.get(chain) ?? 0) + 1);
  const cells = (row) => [row.names.join(", ") || nameless(row), size(row.size),
    `${row.layers.length}, ${row.layers.filter((chain) => users.get(chain) > 1).length} of them shared`,
    row.containers.join(", ") || "none", { stays: "stays", untagged: "loses a name", goes: "goes", went: "went" }[fateOf(row, plan)]];
  return h("table", { "data-testid": "host-table" },
    h("caption", {}, plan ? `Images of ${host.host}, and what request ${plan.request} does` : `Images of ${host.host}`),
    h("thead", {}, h("tr", {}, ...["Image", "Size", "Layers", "Containers", "What becomes of it"].map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", {}, ...host.rows.map((row) => h("tr", {}, ...cells(row).map((text, at) => h(at ? "td" : "th", at ? {} : { scope: "row" }, text))))));
}
