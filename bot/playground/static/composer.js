// The line to say something.

import * as completion from "./completion.js";
import { byId, post, say } from "./dom.js";
import { did } from "./guide.js";
import { session } from "./session.js";

const typed = [];

// Puts a whole command there, ready to be sent.
export function fill(text) {
  const composer = byId("composer");
  composer.value = text;
  composer.focus();
  composer.setSelectionRange(text.length, text.length);
  grow();
  completion.close();
}

function grow() {
  const composer = byId("composer");
  composer.style.height = "auto";
  composer.style.height = `${Math.min(composer.scrollHeight, 160)}px`;
  byId("send").disabled = !composer.value.trim();
  if (!composer.value.startsWith("/")) byId("usage").textContent = "";
}

async function send(event) {
  event.preventDefault();
  const text = byId("composer").value;
  if (!text.trim()) return;
  typed.push(text);
  fill("");
  byId("log").dataset.spot = "";
  did(text, session.me);
  const answer = await post("command", { user: session.me, channel: session.here, text });
  if (!answer.ok) say(`That was not sent (${answer.error}).`);
}

byId("compose").addEventListener("submit", send);
byId("composer").addEventListener("input", () => { grow(); completion.offer(); });
byId("composer").addEventListener("blur", completion.close);
byId("composer").addEventListener("keydown", (event) => {
  if (completion.key(event)) return;
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
  if (event.key === "ArrowUp" && !event.altKey && !byId("composer").value && typed.length) {
    event.preventDefault();
    fill(typed[typed.length - 1]);
  }
});
