// Slack's mrkdwn as elements (docs.slack.dev/messaging/formatting-message-text).

import { h } from "./dom.js";

const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry: "⛔", warning: "⚠️", lock: "🔒",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", wastebasket: "🗑️", mag: "🔍", eyes: "👀", bell: "🔔",
  information_source: "ℹ️", tada: "🎉", recycle: "♻️", package: "📦", rotating_light: "🚨", broom: "🧹",
  large_green_circle: "🟢", red_circle: "🔴", large_yellow_circle: "🟡", white_circle: "⚪", leftwards_arrow_with_hook: "↩️",
};
const SPANS = [
  [/<([^<>\n]+)>/, (m, names) => link(m[1], names)],
  [/`([^`\n]+)`/, (m) => h("code", {}, plain(m[1]))],
  [/(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/, (m, names) => h("strong", {}, ...spans(m[1], names))],
  [/(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?![\w_])/, (m, names) => h("em", {}, ...spans(m[1], names))],
  [/(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?![\w~])/, (m, names) => h("del", {}, ...spans(m[1], names))],
  [/:([a-z0-9_+-]+):/, (m) => emoji(m[1])],
];

export function plain(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

export function emoji(name) {
  return EMOJI[name] ? h("span", { role: "img", "aria-label": name.replaceAll("_", " ") }, EMOJI[name]) : `:${name}:`;
}

export function withEmoji(text) {
  return text.split(/(:[a-z0-9_+-]+:)/).map((part) => (/^:.+:$/.test(part) ? emoji(part.slice(1, -1)) : part));
}

export function words(text, names) {
  return text.type === "mrkdwn" ? mrkdwn(text.text, names) : withEmoji(plain(text.text));
}

export function mrkdwn(text, names) {
  return text.split(/```([\s\S]*?)```/).flatMap((part, index) =>
    index % 2 ? [h("pre", { tabindex: "0" }, plain(part.replace(/^\n|\n$/g, "")))] : lines(part, names));
}

function lines(text, names) {
  const found = [];
  for (const line of text.replace(/^\n|\n$/g, "").split("\n")) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    const last = found[found.length - 1];
    if (quoted) {
      const inside = spans(quoted[1], names);
      if (last instanceof Element && last.tagName === "BLOCKQUOTE") last.append(h("br"), ...inside);
      else found.push(h("blockquote", {}, ...inside));
    } else {
      if (found.length && !(last instanceof Element && last.tagName === "BLOCKQUOTE")) found.push(h("br"));
      found.push(...spans(line, names));
      if (!line && !found.length) found.push("");
    }
  }
  return found;
}

function spans(text, names) {
  const found = [];
  let rest = text;
  while (rest) {
    let best = null;
    for (const [pattern, make] of SPANS) {
      const match = pattern.exec(rest);
      if (match && (!best || match.index < best.match.index)) best = { match, make };
    }
    if (!best) break;
    found.push(plain(rest.slice(0, best.match.index)), best.make(best.match, names));
    rest = rest.slice(best.match.index + best.match[0].length);
  }
  found.push(plain(rest));
  return found;
}

function link(inside, names) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention(names.people[target.slice(1)] ?? label ?? target.slice(1));
  if (target.startsWith("#")) return mention(names.channels[target.slice(1)] ?? label ?? target.slice(1), "#");
  if (target.startsWith("!subteam^")) return mention(names.groups[target.slice(9)] ?? label ?? target.slice(9));
  if (target.startsWith("!date^")) return date(...target.slice(6).split("^").slice(0, 2), label);
  if (target.startsWith("!")) return mention(target.slice(1));
  return anchor(plain(target), plain(label ?? target));
}

export function mention(name, sign = "@") {
  return h("span", { class: "mention" }, sign + name);
}

export function anchor(url, label) {
  const safe = /^(https?:\/\/|mailto:)/.test(url);
  const here = url.startsWith(`${location.origin}/archives/`);
  return safe ? h("a", { href: url, ...(here ? {} : { target: "_blank", rel: "noopener noreferrer" }) }, label) : label;
}

export function date(seconds, format, fallback = "") {
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return plain(fallback);
  const show = (options) => new Intl.DateTimeFormat("en", options).format(at);
  const text = (format || "{date} {time}").replace(/\{(\w+)\}/g, (_, name) => FORMATS[name]?.(show, at) ?? "");
  return h("time", { datetime: at.toISOString(), title: at.toISOString() }, text);
}

const day = (options) => (show) => show(options);
const pretty = (options) => (show, at) => {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  return { 0: "today", 1: "yesterday", [-1]: "tomorrow" }[days] ?? show(options);
};
const SHORT = { year: "numeric", month: "short", day: "numeric" };
const LONG = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
const PLAIN = { year: "numeric", month: "long", day: "numeric" };
const FORMATS = {
  date_num: (_, at) => at.toISOString().slice(0, 10), date: day(PLAIN), date_short: day(SHORT), date_long: day(LONG),
  date_pretty: pretty(PLAIN), date_short_pretty: pretty(SHORT), date_long_pretty: pretty(LONG),
  time: day({ hour: "numeric", minute: "2-digit" }), time_secs: day({ hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (_, at) => `${Math.max(0, Math.round((Date.now() - at) / 60_000))} minutes ago`,
};
