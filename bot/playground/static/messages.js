// The messages of the channel that one is in.

import { drawBlocks } from "./blocks.js";
import { confirmed } from "./dialogs.js";
import { byId, h, post, say } from "./dom.js";
import { sharedFile } from "./files.js";
import { did } from "./guide.js";
import { entered } from "./inputs.js";
import { mrkdwn } from "./mrkdwn.js";
import { channelHere, session } from "./session.js";

export function drawLog() {
  const log = byId("log");
  const spot = `${session.me} ${session.here}`;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80 || log.dataset.spot !== spot;
  const old = new Map([...log.children].map((element) => [element.dataset.key, element]));
  const mine = session.state.messages.filter((message) => message.channel === session.here);
  const wanted = mine.filter((message) => !message.thread_ts).map((message) => {
    const replies = mine.filter((each) => each.thread_ts === message.ts);
    const key = [spot, message.ts, message.revision, ...replies.map((each) => each.revision)].join(" ");
    return old.get(key) ?? drawMessage(message, replies, key);
  });
  arrange(log, [old.get(spot) ?? beginning(spot), ...withDays(wanted, old)]);
  log.dataset.spot = spot;
  log.dataset.atEnd = atEnd;
  if (!showTarget(log) && atEnd) log.scrollTop = log.scrollHeight;
}

// A picture that has come makes the log longer: who was at its end stays there.
export function followPictures() {
  const log = byId("log");
  log.addEventListener("load", () => { if (log.dataset.atEnd === "true") log.scrollTop = log.scrollHeight; }, true);
}

function showTarget(log) {
  const found = [...log.querySelectorAll("[data-ts]")].find((element) => element.dataset.ts === session.target);
  if (!found) return false;
  found.scrollIntoView({ block: "center" });
  found.classList.add("found");
  session.target = null;
  return true;
}

// Puts the elements in order and leaves alone those that are in their place, so that focus stays where it is.
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((element, index) => {
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
}

function withDays(messages, old) {
  let last = "";
  return messages.flatMap((element) => {
    const at = new Date(Number(element.dataset.ts) * 1000);
    const day = new Intl.DateTimeFormat("en", { weekday: "long", month: "long", day: "numeric" }).format(at);
    if (day === last) return [element];
    last = day;
    const key = `${session.here} ${day}`;
    return [old.get(key) ?? h("div", { class: "day", "data-key": key }, h("span", {}, day)), element];
  });
}

function beginning(key) {
  const channel = channelHere();
  const title = channel.direct ? "imgbot tells you here what becomes of your requests" : `This is the beginning of #${channel.name}`;
  return h("section", { class: "begin", "data-key": key }, h("h2", {}, title), h("p", {}, channel.topic));
}

export function drawMessage(message, replies, key) {
  const author = session.state.people.find((person) => person.id === message.user);
  const time = timeOf(message);
  return h("article", {
    class: `message ${message.only_for ? "private" : ""} ${message.user === session.me ? "mine" : ""}`, "data-key": key, "data-ts": message.ts,
    "data-testid": "message", "data-ephemeral": message.only_for ? "true" : undefined,
  },
  message.only_for ? h("p", { class: "only" }, "Only visible to you") : "",
  avatar(author),
  h("div", { class: "said" },
    h("p", { class: "by" }, h("b", {}, author.name), author.is_bot ? h("span", { class: "app" }, "App") : "",
      h("time", { datetime: time.iso }, time.text)),
    h("div", { class: "content" }, ...content(message)),
    replies.length ? threadLink(message, replies) : ""));
}

function content(message) {
  const files = (message.files ?? []).map(sharedFile);
  const edited = message.edited ? h("span", { class: "edited" }, " (edited)") : "";
  const acting = acter({ channel: message.channel, ts: message.ts });
  const body = message.blocks
    ? drawBlocks(message.blocks, session.names, acting)
    : message.text ? [h("div", { class: "text" }, ...mrkdwn(message.text, session.names), edited)] : [];
  return [...body, ...files];
}

function threadLink(message, replies) {
  const last = timeOf(replies[replies.length - 1]);
  return h("button", { type: "button", class: "thread-link", "data-testid": "thread", "aria-haspopup": "true",
    onclick: () => { session.thread = message.ts; document.dispatchEvent(new Event("redraw")); byId("thread-title")?.focus(); },
  }, h("b", {}, replies.length === 1 ? "1 reply" : `${replies.length} replies`), h("span", {}, ` Last reply ${last.text}`));
}

function timeOf(message) {
  const at = new Date(Number(message.ts) * 1000);
  return { iso: at.toISOString(), text: new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" }).format(at) };
}

// What a click and a search do on the message or the view that `where` names; a click is confirmed first, if its element
// asks for that. Of a view it is told what was entered in `place` so far.
export function acter(where, place = null) {
  const named = (block, element) => ({ user: session.me, ...where, block_id: block.block_id, action_id: element.action_id });
  return {
    act: async (block, element, chosen) => {
      if (element.confirm && !(await confirmed(element.confirm, session.names))) return;
      did(element.action_id, session.me);
      const answer = await post("click", { ...named(block, element), chosen, ...(place ? { values: entered(place) } : {}) });
      if (!answer.ok) say(`That did not work (${answer.error}).`);
    },
    suggest: async (block, element, query) => {
      const answer = await post("suggest", { ...named(block, element), query });
      return answer.ok ? answer.options : [];
    },
  };
}

export function avatar(person) {
  if (person.id === "U0IMGBOT") return h("img", { class: "avatar", src: "/static/imgbot.svg", alt: "" });
  return h("span", { class: `avatar ${person.id}`, "aria-hidden": "true" }, person.name.slice(0, 1).toUpperCase());
}
