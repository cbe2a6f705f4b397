// The shell: which view an address shows, and going from one to another without loading the page again.

import { h, put, problem } from "./dom.js";
import { setUpTheme } from "./plot.js";
import { showStudies } from "./studies.js";
import { showComparison } from "./compare.js";
import { showStudy } from "./study.js";
import { showTrial } from "./trial.js";
import { showSides } from "./sides.js";

const views = [
  [/^\/$/, () => [["Studies"], showStudies]],
  [/^\/compare$/, () => [[["Studies", "/"], "Compared"], showComparison]],
  [/^\/studies\/([^/]+)$/, (name) => [[["Studies", "/"], name], showStudy]],
  [/^\/studies\/([^/]+)\/trials\/(\d+)$/, (name, trial) => [
    [["Studies", "/"], [name, `/studies/${encodeURIComponent(name)}`], `Trial ${trial}`], showTrial]],
  [/^\/studies\/([^/]+)\/trials\/(\d+(?:,\d+)+)$/, (name, trials) => [
    [["Studies", "/"], [name, `/studies/${encodeURIComponent(name)}`], `Trials ${trials.split(",").join(", ")}`], showSides]],
];

let shown = null;

/// The words behind the question mark.
export function query() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/// Changes some of them: what a view shows is in its address. `null` takes a word away.
export function setQuery(words) {
  const all = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(words)) {
    if (value === null || value === "" || value === undefined) all.delete(name);
    else all.set(name, value);
  }
  const text = all.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
}

export function go(address) {
  history.pushState(null, "", address);
  show();
}

function crumbs(parts) {
  put(document.getElementById("crumbs"), h("ol", null, parts.map((part) => h("li", null,
    typeof part === "string" ? h("span", { "aria-current": "page" }, part) : h("a", { href: part[1] }, part[0])))));
}

/// null: its escapes are none.
function decoded(word) {
  try { return decodeURIComponent(word); } catch { return null; }
}

async function show() {
  shown?.close?.();
  shown = null;
  const main = document.getElementById("main");
  const found = views.map(([pattern, make]) => [pattern.exec(location.pathname), make]).find(([match]) => match);
  const words = found?.[0].slice(1).map(decoded);
  if (!words || words.includes(null)) {
    crumbs([["Studies", "/"]]);
    return put(main, problem("There is no such page."), h("p", null, h("a", { href: "/" }, "All studies")));
  }
  const [path, view] = found[1](...words);
  crumbs(path);
  document.title = `${path.map((part) => (typeof part === "string" ? part : part[0])).slice(-1)[0]} · AutoLoRA`;
  const place = location.pathname;
  put(main);
  try {
    const opened = await view(main, ...words);
    if (location.pathname === place) shown = opened; else opened?.close?.();
  } catch (error) {
    put(main, problem(error.message));
  }
  window.scrollTo(0, 0);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || link.hasAttribute("download")) return;
  if (url.hash && url.pathname === location.pathname) return;
  event.preventDefault();
  go(url.pathname + url.search);
  document.getElementById("main").focus({ preventScroll: true });
});
window.addEventListener("popstate", show);

setUpTheme(document.getElementById("theme"), show);
show();
