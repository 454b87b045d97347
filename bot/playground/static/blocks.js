// Block Kit as elements. What it does not know it says, instead of leaving it out.

import { h } from "./dom.js";
import { anchor, date, emoji, mention, mrkdwn, plain, withEmoji } from "./mrkdwn.js";

// `act(block, element, chosen)` is called for a click; `names` maps people, channels and groups by their IDs.
export function drawBlocks(blocks, names, act) {
  return blocks.map((block) => h("div", { class: `block ${block.type}` }, ...drawBlock(block, names, act)));
}

export function words(text, names) {
  return text.type === "mrkdwn" ? mrkdwn(text.text, names) : withEmoji(plain(text.text));
}

function drawBlock(block, names, act) {
  switch (block.type) {
    case "header": return [h("h3", {}, ...words(block.text, names))];
    case "divider": return [h("hr")];
    case "section": return section(block, names, act);
    case "context": return block.elements.map((each) =>
      each.type === "image" ? picture(each) : h("span", {}, ...words(each, names)));
    case "actions": return block.elements.map((each) => element(block, each, names, act));
    case "image": return [picture(block)];
    case "rich_text": return block.elements.map((each) => rich(each, names));
    case "markdown": return [h("div", {}, ...mrkdwn(block.text.replaceAll("**", "*"), names))];
    case "table": return [table(block, names)];
    case "input": return input(block, names);
    default: return [h("p", { class: "unknown" }, `(a block of type ${block.type})`)];
  }
}

function section(block, names, act) {
  const fields = (block.fields ?? []).map((field) => h("div", {}, ...words(field, names)));
  const text = h("div", { class: "words" },
    ...(block.text ? [h("div", {}, ...words(block.text, names))] : []),
    ...(fields.length ? [h("div", { class: "fields" }, ...fields)] : []));
  return block.accessory ? [text, element(block, block.accessory, names, act)] : [text];
}

function picture(image) {
  const src = image.slack_file ? `/files/${image.slack_file.id}` : image.image_url;
  return h("img", { src, alt: image.alt_text, loading: "lazy" });
}

function element(block, it, names, act) {
  switch (it.type) {
    case "button": return button(block, it, act);
    case "image": return picture(it);
    case "static_select": case "overflow": return select(it, (chosen) => act(block, it, chosen), "Choose");
    case "checkboxes": case "radio_buttons":
      return choices(it, `${block.block_id}-${it.action_id}`, names, (chosen) => act(block, it, chosen));
    default: return h("span", { class: "unknown" }, `(an element of type ${it.type})`);
  }
}

function button(block, it, act) {
  return h("button", {
    type: "button", class: `button ${it.style ?? ""}`, "aria-label": it.accessibility_label,
    "data-testid": `button-${it.action_id}`, "data-action": it.action_id, "data-block": block.block_id,
    onclick: async (event) => {
      const pressed = event.currentTarget;
      pressed.setAttribute("aria-busy", "true");
      if (it.url) window.open(it.url, "_blank", "noopener");
      await act(block, it, null);
      pressed.removeAttribute("aria-busy");
    },
  }, ...withEmoji(plain(it.text.text)));
}

function select(it, chosen, label, attributes = {}) {
  const empty = h("option", { value: "" }, it.placeholder?.text ?? `${label} …`);
  const options = it.options.map((option) => h("option", {
    value: option.value, selected: it.initial_option?.value === option.value,
  }, plain(option.text.text)));
  return h("select", {
    class: "select", "aria-label": label, "data-action": it.action_id, ...attributes,
    onchange: (event) => event.target.value && chosen(event.target.value),
  }, empty, ...options);
}

function choices(it, group, names, chosen) {
  const begin = (it.initial_options ?? (it.initial_option ? [it.initial_option] : [])).map((option) => option.value);
  const kind = it.type === "checkboxes" ? "checkbox" : "radio";
  const box = h("div", { class: "choices", "data-action": it.action_id });
  const values = () => [...box.querySelectorAll("input:checked")].map((each) => each.value);
  box.append(...it.options.map((option) => h("label", {},
    h("input", { type: kind, name: group, value: option.value, checked: begin.includes(option.value),
      onchange: () => chosen(kind === "checkbox" ? values() : values()[0]) }),
    h("span", {}, ...words(option.text, names)),
    option.description ? h("small", {}, " ", ...words(option.description, names)) : "")));
  return box;
}

// An input of a modal; its error, if there is one, is put into the last element.
function input(block, names) {
  const it = block.element;
  const id = `input-${block.block_id}`;
  const label = h("label", { for: id, id: `${id}-label` }, plain(block.label.text),
    block.optional ? h("span", { class: "optional" }, " (optional)") : "");
  const hint = block.hint ? h("p", { class: "hint", id: `${id}-hint` }, plain(block.hint.text)) : null;
  const common = { id, "data-testid": id, "data-input": block.block_id, "data-action": it.action_id,
    "aria-describedby": `${id}-error${hint ? ` ${id}-hint` : ""}` };
  const error = h("p", { class: "error", id: `${id}-error`, "data-error": block.block_id });
  return [label, field(it, common, id, names), hint, error].filter(Boolean);
}

function field(it, common, id, names) {
  if (it.type === "plain_text_input") {
    const entry = h(it.multiline ? "textarea" : "input", { ...common, rows: it.multiline ? 4 : undefined,
      placeholder: it.placeholder?.text, maxlength: it.max_length });
    entry.value = it.initial_value ?? "";
    return entry;
  }
  if (it.type === "static_select") return select(it, () => {}, "Choose", { ...common, "aria-label": undefined });
  const group = choices(it, id, names, () => {});
  for (const [name, value] of Object.entries(common)) group.setAttribute(name, value);
  group.setAttribute("role", it.type === "checkboxes" ? "group" : "radiogroup");
  group.setAttribute("aria-labelledby", `${id}-label`);
  return group;
}

// What was entered: {block ID: {action ID: text | [texts]}}.
export function entered(form) {
  const values = {};
  for (const entry of form.querySelectorAll("[data-input]")) {
    const checked = [...entry.querySelectorAll("input:checked")].map((each) => each.value);
    const group = entry.classList.contains("choices");
    const value = group ? (entry.getAttribute("role") === "group" ? checked : checked[0] ?? "") : entry.value;
    values[entry.dataset.input] = { [entry.dataset.action]: value };
  }
  return values;
}

function rich(part, names) {
  const inside = () => (part.elements ?? []).map((each) => richText(each, names));
  switch (part.type) {
    case "rich_text_preformatted": return h("pre", { tabindex: "0" }, ...inside());
    case "rich_text_quote": return h("blockquote", {}, ...inside());
    case "rich_text_list": return h(part.style === "ordered" ? "ol" : "ul", {},
      ...part.elements.map((item) => h("li", {}, ...item.elements.map((each) => richText(each, names)))));
    default: return h("div", { class: "rich" }, ...inside());
  }
}

function richText(it, names) {
  switch (it.type) {
    case "text": return styled(it.text, it.style ?? {});
    case "link": return anchor(it.url, it.text ?? it.url);
    case "user": return mention(names.people[it.user_id] ?? it.user_id);
    case "usergroup": return mention(names.groups[it.usergroup_id] ?? it.usergroup_id);
    case "channel": return mention(names.channels[it.channel_id] ?? it.channel_id, "#");
    case "broadcast": return mention(it.range);
    case "emoji": return emoji(it.name);
    case "date": return date(it.timestamp, it.format, it.fallback);
    default: return `(${it.type})`;
  }
}

function styled(text, style) {
  const tags = [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "del"]];
  return tags.reduce((inside, [name, tag]) => (style[name] ? h(tag, {}, inside) : inside), text);
}

function table(block, names) {
  const cell = (it) => (it.type === "rich_text" ? it.elements.map((each) => rich(each, names)) : [plain(String(it.text ?? ""))]);
  const [head, ...rows] = block.rows;
  return h("table", {},
    h("thead", {}, h("tr", {}, ...head.map((it) => h("th", { scope: "col" }, ...cell(it))))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((it) => h("td", {}, ...cell(it)))))));
}
