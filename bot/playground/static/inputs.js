// What one chooses or types in. Each field of a form has `given()`, what was entered, and `take(value)`, which enters it.

import { h } from "./dom.js";
import { plain, words } from "./mrkdwn.js";
import { search } from "./search.js";

export function select(it, chosen, label, attributes = {}) {
  const empty = h("option", { value: "" }, it.placeholder?.text ?? `${label} …`);
  const options = it.options.map((option) => h("option", {
    value: option.value, selected: it.initial_option?.value === option.value,
  }, plain(option.text.text)));
  const field = h("select", {
    class: "select", "aria-label": label, "data-action": it.action_id, ...attributes,
    onchange: (event) => event.target.value && chosen(event.target.value),
  }, empty, ...options);
  return Object.assign(field, { given: () => field.value, take: (value) => { field.value = value; } });
}

export function choices(it, group, names, chosen) {
  const begin = (it.initial_options ?? (it.initial_option ? [it.initial_option] : [])).map((option) => option.value);
  const several = it.type === "checkboxes" || it.type === "multi_static_select";
  const box = h("div", { class: "choices", "data-action": it.action_id });
  const values = () => [...box.querySelectorAll("input:checked")].map((each) => each.value);
  const given = () => (several ? values() : values()[0] ?? "");
  const take = (value) => {
    for (const each of box.querySelectorAll("input")) each.checked = [value].flat().includes(each.value);
  };
  box.append(...it.options.map((option) => h("label", {},
    h("input", { type: several ? "checkbox" : "radio", name: group, value: option.value, checked: begin.includes(option.value),
      onchange: () => chosen(given()) }),
    h("span", {}, ...words(option.text, names)),
    option.description ? h("small", {}, " ", ...words(option.description, names)) : "")));
  return Object.assign(box, { given, take });
}

// An input of a form; its error, if there is one, is put into the last element.
export function input(block, names, does) {
  const it = block.element;
  const id = `input-${block.block_id}`;
  const label = h("label", { for: id, id: `${id}-label` }, plain(block.label.text),
    block.optional ? h("span", { class: "optional" }, " (optional)") : "");
  const hint = block.hint ? h("p", { class: "hint", id: `${id}-hint` }, plain(block.hint.text)) : null;
  const common = { id, "data-testid": id, "data-input": block.block_id, "data-action": it.action_id,
    "aria-describedby": `${id}-error${hint ? ` ${id}-hint` : ""}` };
  const error = h("p", { class: "error", id: `${id}-error`, "data-error": block.block_id });
  const chosen = (value) => block.dispatch_action && does.act(block, it, value);
  return [label, field(it, common, { block, id, names, chosen, does }), hint, error].filter(Boolean);
}

function field(it, common, { block, id, names, chosen, does }) {
  switch (it.type) {
    case "plain_text_input": return entry(it, common, chosen);
    case "static_select": return select(it, chosen, "Choose", { ...common, "aria-label": undefined });
    case "external_select": case "multi_external_select":
      return search(it, common, { label: `${id}-label`, chosen, suggest: (query) => does.suggest(block, it, query) });
    default: return grouped(it, common, id, names, chosen);
  }
}

function entry(it, common, chosen) {
  const field = h(it.multiline ? "textarea" : "input", { ...common, rows: it.multiline ? 4 : undefined,
    placeholder: it.placeholder?.text, maxlength: it.max_length, onchange: () => chosen(field.value) });
  field.value = it.initial_value ?? "";
  return Object.assign(field, { given: () => field.value, take: (value) => { field.value = value; } });
}

function grouped(it, common, id, names, chosen) {
  const group = choices(it, id, names, chosen);
  for (const [name, value] of Object.entries(common)) group.setAttribute(name, value);
  group.setAttribute("role", it.type === "radio_buttons" ? "radiogroup" : "group");
  group.setAttribute("aria-labelledby", `${id}-label`);
  return group;
}

const fields = (place) => [...place.querySelectorAll("[data-input]")];

// What was entered: {block ID: {action ID: text | [texts]}}.
export function entered(place) {
  return Object.fromEntries(fields(place).map((each) => [each.dataset.input, { [each.dataset.action]: each.given() }]));
}

// Enters again what stood in fields of the same IDs: a form that is updated keeps what was typed.
export function keepEntered(place, before) {
  const kept = new Map(before.map((each) => [`${each.dataset.input} ${each.dataset.action}`, each]));
  for (const each of fields(place)) {
    const old = kept.get(`${each.dataset.input} ${each.dataset.action}`);
    if (old) each.take(old.kept ? old.kept() : old.given());
  }
}

export const fieldsOf = fields;
