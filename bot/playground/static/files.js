// A file that was shared: to be downloaded, with a picture or the first lines of a text.

import { h } from "./dom.js";

const LINES = 12;
const previews = new Map();

export function sharedFile(file) {
  const size = file.size.toLocaleString("en");
  const link = h("a", { class: "file", href: file.url_private, download: file.name, "data-testid": "file" },
    file.mimetype === "image/png" ? h("img", { src: file.url_private, alt: file.alt_txt, loading: "lazy" }) : "",
    h("b", {}, file.title), h("small", {}, `${file.name} · ${size} bytes · Download`));
  return file.mimetype === "text/plain" ? h("div", { class: "shared" }, link, preview(file)) : link;
}

function preview(file) {
  const place = h("pre", { class: "preview", tabindex: "0", "data-testid": "preview", "aria-label": `First lines of ${file.name}` });
  const show = (text) => {
    const lines = text.split("\n");
    place.textContent = lines.slice(0, LINES).join("\n") + (lines.length > LINES ? `\n… ${lines.length - LINES} more lines` : "");
  };
  if (previews.has(file.id)) show(previews.get(file.id));
  else fetch(file.url_private).then((answer) => answer.text()).then((text) => { previews.set(file.id, text); show(text); }, () => place.remove());
  return place;
}
