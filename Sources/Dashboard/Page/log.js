// A trial's log: its end, what comes while it runs, and what was before on demand.

import { get } from "./api.js";
import { h, put } from "./dom.js";
import { bytes } from "./format.js";

// Letters that stay on the page; more would make it slow.
const most = 400_000;

export function logCard(path) {
  const text = h("pre", { class: "log tall", tabindex: "0", "aria-label": "The trial's log" });
  const state = h("small");
  const follow = h("input", { type: "checkbox", checked: true });
  const earlier = h("button", { type: "button", class: "quiet", onclick: showEarlier }, "Earlier");
  const element = h("section", { class: "card", "aria-label": "Log" }, h("div", { class: "title" }, h("h2", null, "Log"),
    h("div", { class: "tools" }, state, earlier, h("label", { class: "choice" }, follow, "Follow"))), text);
  let from = null, to = null, timer = null, isClosed = false;

  function say(piece) {
    state.textContent = piece.size ? `${bytes(from)} to ${bytes(to)} of ${bytes(piece.size)}` : "";
    earlier.disabled = !from;
  }

  let reading = null;

  /// One at a time: two would read the same piece twice.
  function refresh() {
    reading ??= read().finally(() => { reading = null; });
    return reading;
  }

  async function read() {
    const piece = await get(`${path}/log`, { from: to });
    // A log that was begun again is shorter than what was read.
    if (to !== null && piece.size < to) { put(text); from = to = null; return read(); }
    if (from === null) from = piece.from;
    to = piece.to;
    if (piece.text) text.append(document.createTextNode(piece.text));
    while (text.childNodes.length > 1 && text.textContent.length > most) {
      from += new TextEncoder().encode(text.firstChild.data).length;
      text.firstChild.remove();
    }
    if (!piece.size) put(text, h("span", { class: "empty" }, "It has printed nothing yet."));
    else if (text.firstChild?.nodeType === Node.ELEMENT_NODE) text.firstChild.remove();
    say(piece);
    if (follow.checked) text.scrollTop = text.scrollHeight;
    if (piece.to < piece.size && piece.text) await read();
  }

  async function showEarlier() {
    const start = Math.max(0, from - 64 * 1024);
    const piece = await get(`${path}/log`, { from: start });
    const cut = new TextDecoder().decode(new TextEncoder().encode(piece.text).slice(0, from - start));
    text.prepend(document.createTextNode(cut));
    from = start;
    follow.checked = false;
    say(piece);
    text.scrollTop = 0;
  }

  return {
    element, refresh,
    /// While the trial runs, its log is looked at each second.
    follow(isRunning) {
      clearInterval(timer);
      if (isRunning && !isClosed) timer = setInterval(() => { if (!document.hidden && follow.checked) refresh().catch(() => {}); }, 1000);
    },
    close() { isClosed = true; clearInterval(timer); },
  };
}
