// Block Kit as elements. What it does not know it says, instead of leaving it out.

import { h } from "./dom.js";
import { choices, input, select } from "./inputs.js";
import { anchor, date, emoji, mention, mrkdwn, plain, withEmoji, words } from "./mrkdwn.js";

// `does.act(block, element, chosen)` is called for a click, `does.suggest(block, element, query)` for what a search offers;
// `names` maps people, channels and groups by their IDs.
export function drawBlocks(blocks, names, does) {
  return blocks.map((block) => h("div", { class: `block ${block.type}` }, ...drawBlock(block, names, does)));
}

function drawBlock(block, names, does) {
  switch (block.type) {
    case "header": return [h("h3", {}, ...words(block.text, names))];
    case "divider": return [h("hr")];
    case "section": return section(block, names, does);
    case "context": return block.elements.map((each) =>
      each.type === "image" ? picture(each) : h("span", {}, ...words(each, names)));
    case "actions": return block.elements.map((each) => element(block, each, names, does));
    case "image": return [picture(block)];
    case "rich_text": return block.elements.map((each) => rich(each, names));
    case "markdown": return [h("div", {}, ...mrkdwn(block.text.replaceAll("**", "*"), names))];
    case "table": return [table(block, names)];
    case "input": return input(block, names, does);
    default: return [h("p", { class: "unknown" }, `(a block of type ${block.type})`)];
  }
}

function section(block, names, does) {
  const fields = (block.fields ?? []).map((field) => h("div", {}, ...words(field, names)));
  const text = h("div", { class: "words" },
    ...(block.text ? [h("div", {}, ...words(block.text, names))] : []),
    ...(fields.length ? [h("div", { class: "fields" }, ...fields)] : []));
  return block.accessory ? [text, element(block, block.accessory, names, does)] : [text];
}

function picture(image) {
  const src = image.slack_file ? `/files/${image.slack_file.id}` : image.image_url;
  return h("img", { src, alt: image.alt_text, loading: "lazy" });
}

function element(block, it, names, does) {
  switch (it.type) {
    case "button": return button(block, it, does.act);
    case "image": return picture(it);
    case "static_select": case "overflow": return select(it, (chosen) => does.act(block, it, chosen), "Choose");
    case "checkboxes": case "radio_buttons":
      return choices(it, `${block.block_id}-${it.action_id}`, names, (chosen) => does.act(block, it, chosen));
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
  const settings = block.column_settings ?? [];
  const style = (at) => [settings[at]?.align ?? "left", settings[at]?.is_wrapped ? "wrapped" : "whole"].join(" ");
  const cell = (it) => (it.type === "rich_text" ? it.elements.map((each) => rich(each, names)) : [plain(String(it.text ?? ""))]);
  const [head, ...rows] = block.rows;
  return h("div", { class: "scrolled", tabindex: "0", role: "group", "aria-label": "Table" }, h("table", {},
    h("thead", {}, h("tr", {}, ...head.map((it, at) => h("th", { scope: "col", class: style(at) }, ...cell(it))))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((it, at) => h("td", { class: style(at) }, ...cell(it))))))));
}
