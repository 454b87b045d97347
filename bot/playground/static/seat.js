// A seat: the people one can be, the channels, and what is pushed from the workspace.

import { drawBlocks } from "./blocks.js";
import "./composer.js";
import { drawGuide } from "./guide.js";
import { live } from "./live.js";
import { drawThread } from "./thread.js";
import { showModal } from "./dialogs.js";
import { byId, h, post } from "./dom.js";
import "./keys.js";
import { acter, avatar, drawLog, followPictures } from "./messages.js";
import { channelHere, news, place, rememberMe, session, take } from "./session.js";

let end = () => {};

function connect() {
  end();
  end = live(() => `/play/live?user=${encodeURIComponent(session.me)}`, (state) => state.me === session.me && draw(state), lost);
}

function lost(gone) {
  if (!gone) return;
  byId("connection").textContent = "The playground does not answer. This page comes back when it does.";
  byId("connection").classList.remove("online");
}

export function become(person) {
  session.me = person;
  session.thread = null;
  rememberMe();
  if (session.here.startsWith("D")) session.here = `D${person.slice(1)}`;
  connect();
}

export function go(channel, target = null) {
  Object.assign(session, { here: channel, target, tab: "messages", thread: null });
  history.replaceState(null, "", `${location.pathname}${location.search}#${channel}`);
  openMenu(false);
  draw(session.state);
}

function draw(state) {
  take(state);
  drawTop();
  drawSide();
  drawTitle();
  drawLog();
  drawThread();
  drawHome();
  drawGuide();
  drawShortcuts();
  showModal(state.modal, session.me, session.names, acter({ view_id: state.modal?.id }, byId("modal")));
}

function drawTop() {
  const { state, me } = session;
  byId("banner").textContent = state.banner.text;
  byId("banner").hidden = !state.banner.text || window.parent !== window; // the stage says it once for all
  byId("banner").classList.toggle("real", state.banner.real);
  refill(byId("people"), state.people.filter((person) => person.offered).map((person) => {
    const waiting = person.id !== me && Object.keys(state.latest[person.id] ?? {}).some((each) => news(person.id, each));
    return h("button", {
      type: "button", class: "person", "aria-pressed": String(person.id === me),
      "data-testid": `person-${person.id}`, onclick: () => become(person.id),
      "aria-label": `${person.name}, ${person.title}${waiting ? ", has news" : ""}`,
    }, avatar(person), h("span", { class: "who" }, h("b", {}, person.name), h("small", {}, person.title)),
    waiting ? h("i", { class: "dot" }) : "");
  }));
}

function drawSide() {
  const { channels, connected } = session.state;
  refill(byId("channels"), channels.filter((channel) => !channel.direct).map(entry));
  refill(byId("directs"), channels.filter((channel) => channel.direct).map(entry));
  byId("connection").textContent = connected ? "imgbot is connected" : "imgbot is not connected";
  byId("connection").classList.toggle("online", connected > 0);
  const elsewhere = channels.some((channel) => channel.id !== session.here && news(session.me, channel.id));
  byId("menu").classList.toggle("fresh", elsewhere);
}

function entry(channel) {
  const fresh = channel.id !== session.here && news(session.me, channel.id);
  return h("li", {}, h("button", {
    type: "button", class: fresh ? "fresh" : "", "aria-current": channel.id === session.here ? "page" : undefined,
    "data-testid": `channel-${channel.id}`, onclick: () => go(channel.id),
  }, channel.direct ? avatar({ id: "U0IMGBOT" }) : h("span", { class: "hash", "aria-hidden": "true" }, "#"),
  channel.direct ? "imgbot" : channel.name, fresh ? h("span", { class: "count" }, "new") : ""));
}

// Draws children anew and puts the focus back on the one that had it.
function refill(parent, children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  parent.replaceChildren(...children);
  if (focused) parent.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
}

function drawTitle() {
  const channel = channelHere();
  const home = channel.direct && session.tab === "home";
  const label = channel.direct ? "imgbot" : `#${channel.name}`;
  byId("title").textContent = channel.direct ? "imgbot" : `# ${channel.name}`;
  byId("topic").textContent = channel.direct ? "Direct messages from the app" : channel.topic;
  document.title = `${label} · imgbot playground`;
  byId("composer").placeholder = `Message ${label}`;
  byId("composer-label").textContent = `Message ${label}`;
  byId("tabs").hidden = !channel.direct;
  for (const name of ["messages", "home"]) byId(`tab-${name}`).setAttribute("aria-selected", String(session.tab === name));
  byId("log").hidden = home;
  byId("foot").hidden = home;
  byId("home").hidden = !home;
}

function drawHome() {
  const place = byId("home");
  const view = session.state.home;
  const key = view ? `${view.id} ${view.hash}` : "";
  if (place.dataset.key === key && place.childElementCount) return;
  place.dataset.key = key;
  place.replaceChildren(...(view
    ? drawBlocks(view.blocks, session.names, acter({ view_id: view.id }, place))
    : [h("p", {}, "There is nothing here yet.")]));
}

// The app's global shortcuts, which Slack offers beside the composer.
function drawShortcuts() {
  const offered = session.state.shortcuts ?? [];
  const key = JSON.stringify(offered);
  const place = byId("app-shortcuts");
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(...offered.map((each) => h("button", {
    type: "button", "data-testid": `shortcut-${each.id}`, onclick: () => post("shortcut", { user: session.me, callback_id: each.id }),
  }, h("span", { "aria-hidden": "true" }, "⚡ "), each.name)));
}

export function openMenu(open) {
  byId("side").classList.toggle("open", open);
  byId("menu").setAttribute("aria-expanded", String(open));
}

byId("menu").addEventListener("click", () => openMenu(!byId("side").classList.contains("open")));
followPictures();
byId("tab-messages").addEventListener("click", () => { session.tab = "messages"; draw(session.state); });
byId("tab-home").addEventListener("click", () => {
  session.tab = "home";
  post("home", { user: session.me });
  draw(session.state);
});
window.addEventListener("hashchange", () => {
  Object.assign(session, place());
  if (session.state) draw(session.state);
});
document.addEventListener("redraw", () => session.state && draw(session.state));
document.documentElement.classList.toggle("framed", window.parent !== window);
connect();
