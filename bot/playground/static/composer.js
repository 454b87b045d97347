// The line to say something.

import { byId, post, say } from "./dom.js";
import { session } from "./session.js";

const typed = [];

export function fill(text) {
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
  byId("usage").textContent = composer.value.startsWith("/") ? session.state?.usage ?? "" : "";
}

async function send(event) {
  event.preventDefault();
  const text = byId("composer").value;
  if (!text.trim()) return;
  typed.push(text);
  fill("");
  byId("log").dataset.spot = "";
  const answer = await post("command", { user: session.me, channel: session.here, text });
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
