// A select whose options the app suggests while one types: one choice, or several that stand before it.

import { h } from "./dom.js";
import { plain } from "./mrkdwn.js";

const PAUSE = 150;

// `suggest(query)` resolves to options; `chosen(value)` is called when the choice is another.
export function search(it, common, { label, chosen, suggest }) {
  const several = it.type === "multi_external_select";
  const state = { chosen: [...(it.initial_options ?? []), ...(it.initial_option ? [it.initial_option] : [])], at: -1, asked: 0 };
  const list = h("ul", { class: "found", role: "listbox", id: `${common.id}-found`, "aria-labelledby": label, hidden: true });
  const entry = h("input", { type: "text", id: common.id, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": list.id, "aria-describedby": common["aria-describedby"], autocomplete: "off",
    placeholder: it.placeholder?.text ?? "Search…", "data-testid": `${common["data-testid"]}-search` });
  const tokens = h("span", { class: "tokens" });
  const box = h("div", { class: "search", "data-testid": common["data-testid"], "data-input": common["data-input"],
    "data-action": common["data-action"] }, tokens, entry, list);
  const given = () => (several ? state.chosen.map((each) => each.value) : state.chosen[0]?.value ?? "");

  const changed = () => { drawTokens(); chosen(given()); };
  const drop = (option) => { state.chosen = state.chosen.filter((each) => each !== option); changed(); entry.focus(); };
  function drawTokens() {
    tokens.replaceChildren(...state.chosen.map((option) => h("button", { type: "button", class: "token",
      "aria-label": `Take ${plain(option.text.text)} away`, onclick: () => drop(option) }, plain(option.text.text), " ✕")));
  }
  function pick(option) {
    const there = state.chosen.some((each) => each.value === option.value);
    if (!there) state.chosen = several ? [...state.chosen, option] : [option];
    entry.value = "";
    close();
    if (!there) changed();
  }
  function close() {
    list.hidden = true;
    state.at = -1;
    entry.setAttribute("aria-expanded", "false");
    entry.removeAttribute("aria-activedescendant");
  }
  async function look() {
    const turn = (state.asked += 1);
    if (entry.value.length < (it.min_query_length ?? 3)) return close();
    const options = await suggest(entry.value);
    if (turn !== state.asked) return;
    show(options.filter((option) => !state.chosen.some((each) => each.value === option.value)));
  }
  function show(options) {
    list.replaceChildren(...(options.length ? options.map((option, at) => h("li", { role: "option", id: `${list.id}-${at}`,
      "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); pick(option); } }, plain(option.text.text),
    option.description ? h("small", {}, " ", plain(option.description.text)) : "")) : [h("li", { class: "none" }, "Nothing found")]));
    list.options = options;
    list.hidden = false;
    entry.setAttribute("aria-expanded", "true");
  }
  function choose(step) {
    const count = list.options.length;
    if (!count) return;
    state.at = (state.at + step + count + (state.at < 0 && step < 0 ? 1 : 0)) % count;
    [...list.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === state.at)));
    list.children[state.at].scrollIntoView({ block: "nearest" });
    entry.setAttribute("aria-activedescendant", list.children[state.at].id);
  }
  let timer;
  entry.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
  entry.addEventListener("focus", look);
  entry.addEventListener("blur", close);
  entry.addEventListener("keydown", (event) => {
    if (event.key === "Backspace" && !entry.value && state.chosen.length) return drop(state.chosen[state.chosen.length - 1]);
    if (list.hidden) return undefined;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") choose(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && list.options.length) pick(list.options[Math.max(state.at, 0)]);
    else if (event.key === "Escape") close();
    else return undefined;
    return event.preventDefault();
  });
  drawTokens();
  return Object.assign(box, { given, kept: () => state.chosen, take: (options) => { state.chosen = options; drawTokens(); } });
}
