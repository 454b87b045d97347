// The page: who one is, where one is, what is said there, and the line to say something.

import { drawBlocks } from "./blocks.js";
import { confirmed, showModal } from "./dialogs.js";
import { byId, h, post, say } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

const DEFAULT_PERSON = "U0DEV";
const asked = new URLSearchParams(location.search).get("as");
let me = asked ?? sessionStorage.getItem("me") ?? DEFAULT_PERSON;
let [here, target] = place();
let tab = "messages";
let state = null;
let stream = null;
let names = { people: {}, channels: {}, groups: {} };
const read = JSON.parse(sessionStorage.getItem("read") ?? "{}");
const typed = [];

function place() {
  const [channel, ts] = location.hash.slice(1).split("/");
  return [channel || "C0DEV", ts ?? null];
}

function connect() {
  stream?.close();
  stream = new EventSource(`/play/stream?user=${encodeURIComponent(me)}`);
  stream.onmessage = (event) => draw(JSON.parse(event.data));
  stream.onerror = () => {
    byId("connection").textContent = "The playground does not answer. It will be back here when it is.";
  };
}

function become(person) {
  me = person;
  sessionStorage.setItem("me", me);
  if (here.startsWith("D")) here = `D${me.slice(1)}`;
  go(here);
  connect();
}

function go(channel) {
  [here, target, tab] = [channel, null, "messages"];
  history.replaceState(null, "", `${location.pathname}${location.search}#${channel}`);
  openMenu(false);
  if (state) draw(state);
  byId("log").scrollTop = byId("log").scrollHeight;
}

function draw(next) {
  if (next.me !== me) return;
  state = next;
  if (!state.channels.some((channel) => channel.id === here)) here = "C0DEV";
  names = {
    people: Object.fromEntries(state.people.map((person) => [person.id, person.name])),
    channels: Object.fromEntries(state.channels.map((channel) => [channel.id, channel.name])),
    groups: state.groups,
  };
  markRead();
  drawTop();
  drawSide();
  drawTitle();
  drawLog();
  drawHome();
  showModal(state.modal, me, names, (block, element, chosen) => act({ view_id: state.modal.id }, block, element, chosen));
}

function markRead() {
  read[me] ??= {};
  read[me][here] = state.latest[me]?.[here] ?? "0";
  sessionStorage.setItem("read", JSON.stringify(read));
}

const news = (person, channel) => Number(state.latest[person]?.[channel] ?? 0) > Number(read[person]?.[channel] ?? 0);

function drawTop() {
  byId("banner").textContent = state.banner.text;
  byId("banner").hidden = !state.banner.text;
  byId("banner").classList.toggle("real", state.banner.real);
  const focused = document.activeElement?.dataset?.person;
  byId("people").replaceChildren(...state.people.filter((person) => !person.is_bot).map((person) => {
    const waiting = person.id !== me && Object.keys(state.latest[person.id] ?? {}).some((each) => news(person.id, each));
    return h("button", {
      type: "button", class: "person", "aria-pressed": String(person.id === me), "data-person": person.id,
      "data-testid": `person-${person.id}`, onclick: () => become(person.id),
      "aria-label": `${person.name}, ${person.title}${waiting ? ", has news" : ""}`,
    }, avatar(person), h("span", { class: "who" }, h("b", {}, person.name), h("small", {}, person.title)),
    waiting ? h("i", { class: "dot" }) : "");
  }));
  if (focused) document.querySelector(`[data-person="${focused}"]`)?.focus();
}

function drawSide() {
  const entry = (channel) => {
    const fresh = channel.id !== here && news(me, channel.id);
    return h("li", {}, h("button", {
      type: "button", class: fresh ? "fresh" : "", "aria-current": channel.id === here ? "page" : undefined,
      "data-testid": `channel-${channel.id}`, onclick: () => go(channel.id),
    }, channel.direct ? avatar({ id: "U0IMGBOT", name: "imgbot" }) : h("span", { class: "hash", "aria-hidden": "true" }, "#"),
    channel.direct ? "imgbot" : channel.name, fresh ? h("span", { class: "count" }, "new") : ""));
  };
  byId("channels").replaceChildren(...state.channels.filter((channel) => !channel.direct).map(entry));
  byId("directs").replaceChildren(...state.channels.filter((channel) => channel.direct).map(entry));
  const online = state.connected > 0;
  byId("connection").textContent = online ? "imgbot is connected" : "imgbot is not connected";
  byId("connection").classList.toggle("online", online);
  byId("menu").classList.toggle("fresh", state.channels.some((channel) => channel.id !== here && news(me, channel.id)));
}

function drawTitle() {
  const channel = state.channels.find((each) => each.id === here);
  const label = channel.direct ? "imgbot" : `#${channel.name}`;
  byId("title").textContent = channel.direct ? "imgbot" : `# ${channel.name}`;
  byId("topic").textContent = channel.direct ? "Direct messages from the app" : channel.topic;
  document.title = `${label} · imgbot playground`;
  byId("composer").placeholder = `Message ${label}`;
  byId("composer-label").textContent = `Message ${label}`;
  byId("tabs").hidden = !channel.direct;
  for (const name of ["messages", "home"]) byId(`tab-${name}`).setAttribute("aria-selected", String(tab === name));
  byId("log").hidden = channel.direct && tab === "home";
  byId("compose").hidden = channel.direct && tab === "home";
  byId("home").hidden = !byId("log").hidden;
}

function drawLog() {
  const log = byId("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80 || log.dataset.place !== `${me} ${here}`;
  const old = new Map([...log.children].map((element) => [element.dataset.key, element]));
  const mine = state.messages.filter((message) => message.channel === here);
  const wanted = mine.filter((message) => !message.thread_ts).map((message) => {
    const replies = mine.filter((each) => each.thread_ts === message.ts);
    const key = [me, here, message.ts, message.revision, ...replies.map((each) => each.revision)].join(" ");
    return old.get(key) ?? drawMessage(message, replies, key);
  });
  const first = old.get(`${me} ${here}`) ?? beginning();
  arrange(log, [first, ...withDays(wanted, old)]);
  log.dataset.place = `${me} ${here}`;
  const found = target && [...log.querySelectorAll("[data-ts]")].find((element) => element.dataset.ts === target);
  if (found) {
    found.scrollIntoView({ block: "center" });
    found.classList.add("found");
    target = null;
  } else if (atEnd) {
    log.scrollTop = log.scrollHeight;
  }
}

// Puts the elements in order and leaves alone those that are in their place, so that focus stays where it is.
function arrange(parent, wanted) {
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
    const key = `${here} ${day}`;
    return [old.get(key) ?? h("div", { class: "day", "data-key": key }, h("span", {}, day)), element];
  });
}

function beginning() {
  const channel = state.channels.find((each) => each.id === here);
  const chips = state.suggestions.map((text) => h("button", {
    type: "button", class: "chip", "data-testid": "chip", onclick: () => fill(text),
  }, text));
  const steps = [
    ["Type a command. ", h("span", { class: "chips" }, ...chips)],
    ["Press the button under the plan to ask for its removal. "],
    ["Become Olga, open #img-approvals, and approve it. Dana is told; the record grows."],
  ];
  return h("section", { class: "begin", "data-key": `${me} ${here}`, "data-testid": "first-minute" },
    h("h2", {}, channel.direct ? "imgbot tells you here what becomes of your requests" : `This is the beginning of #${channel.name}`),
    channel.id === "C0DEV" ? h("ol", {}, ...steps.map((step) => h("li", {}, ...step))) : h("p", {}, channel.topic));
}

function drawMessage(message, replies, key) {
  const author = state.people.find((person) => person.id === message.user);
  const at = new Date(Number(message.ts) * 1000);
  const time = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" }).format(at);
  const acting = (block, element, chosen) => act({ channel: message.channel, ts: message.ts }, block, element, chosen);
  return h("article", {
    class: `message ${message.only_for ? "private" : ""}`, "data-key": key, "data-ts": message.ts,
    "data-testid": "message", "data-ephemeral": message.only_for ? "true" : undefined,
  },
  message.only_for ? h("p", { class: "only" }, "Only visible to you") : "",
  avatar(author),
  h("div", { class: "said" },
    h("p", { class: "by" }, h("b", {}, author.name), author.is_bot ? h("span", { class: "app" }, "App") : "",
      h("time", { datetime: at.toISOString() }, time)),
    h("div", { class: "content" }, ...content(message, acting)),
    replies.length ? thread(message, replies) : ""));
}

function content(message, acting) {
  const files = (message.files ?? []).map((file) => h("a", { class: "file", href: file.url_private, download: file.name },
    h("b", {}, file.title), h("small", {}, `${file.size} bytes`)));
  const edited = message.edited ? h("span", { class: "edited" }, " (edited)") : "";
  const body = message.blocks
    ? drawBlocks(message.blocks, names, acting)
    : message.text ? [h("div", { class: "text" }, ...mrkdwn(message.text, names), edited)] : [];
  return [...body, ...files];
}

const opened = new Set();
function thread(message, replies) {
  const details = h("details", { class: "thread", open: opened.has(message.ts), "data-testid": "thread" },
    h("summary", {}, replies.length === 1 ? "1 reply" : `${replies.length} replies`),
    ...replies.map((reply) => drawMessage(reply, [], reply.ts)));
  details.addEventListener("toggle", () => (details.open ? opened.add(message.ts) : opened.delete(message.ts)));
  return details;
}

function drawHome() {
  const home = byId("home");
  const key = state.home ? `${state.home.id} ${state.home.hash}` : "";
  if (home.dataset.key === key && home.childElementCount) return;
  home.dataset.key = key;
  const acting = (block, element, chosen) => act({ view_id: state.home.id }, block, element, chosen);
  home.replaceChildren(...(state.home ? drawBlocks(state.home.blocks, names, acting) : [h("p", {}, "There is nothing here yet.")]));
}

async function act(where, block, element, chosen) {
  if (element.confirm && !(await confirmed(element.confirm, names))) return;
  const answer = await post("click", { user: me, ...where, block_id: block.block_id, action_id: element.action_id, chosen });
  if (!answer.ok) say(`That did not work (${answer.error}).`);
}

function avatar(person) {
  if (person.id === "U0IMGBOT") return h("img", { class: "avatar", src: "/static/imgbot.svg", alt: "" });
  return h("span", { class: `avatar ${person.id}`, "aria-hidden": "true" }, person.name.slice(0, 1).toUpperCase());
}

function openMenu(open) {
  byId("side").classList.toggle("open", open);
  byId("menu").setAttribute("aria-expanded", String(open));
}

function fill(text) {
  const composer = byId("composer");
  composer.value = text;
  composer.focus();
  composer.setSelectionRange(text.length, text.length);
  grow();
}

function grow() {
  const composer = byId("composer");
  composer.style.height = "auto";
  composer.style.height = `${Math.min(composer.scrollHeight, 160)}px`;
  byId("send").disabled = !composer.value.trim();
  byId("usage").textContent = composer.value.startsWith("/") ? state?.usage ?? "" : "";
}

async function send(event) {
  event?.preventDefault();
  const composer = byId("composer");
  const text = composer.value;
  if (!text.trim()) return;
  typed.push(text);
  composer.value = "";
  grow();
  byId("log").dataset.place = "";
  const answer = await post("command", { user: me, channel: here, text });
  if (!answer.ok) say(`That was not sent (${answer.error}).`);
}

byId("compose").addEventListener("submit", send);
byId("composer").addEventListener("input", grow);
byId("composer").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  if (event.key === "ArrowUp" && !byId("composer").value && typed.length) {
    event.preventDefault();
    fill(typed[typed.length - 1]);
  }
});
byId("menu").addEventListener("click", () => openMenu(!byId("side").classList.contains("open")));
document.addEventListener("keydown", (event) => event.key === "Escape" && openMenu(false));
byId("tab-messages").addEventListener("click", () => { tab = "messages"; draw(state); });
byId("tab-home").addEventListener("click", () => { tab = "home"; post("home", { user: me }); draw(state); });
window.addEventListener("hashchange", () => {
  [here, target] = place();
  if (state) draw(state);
});
sessionStorage.setItem("me", me);
connect();
