// All studies: what state they are in, what they have reached; some of them to compare.

import { get, live } from "./api.js";
import { go, query, setQuery } from "./app.js";
import { badge, h, put, svg } from "./dom.js";
import { number, seconds, states, time } from "./format.js";

const columns = [
  ["study", "Study", (row) => row.study],
  ["state", "State", (row) => row.state],
  ["best", "Best", (row) => row.best?.value ?? null],
  ["trials", "Trials", (row) => row.trials?.total ?? null],
  ["curve", "Best so far", null],
  ["seconds", "Worked", (row) => row.seconds ?? null],
  ["created", "Begun", (row) => row.created_at ?? null],
];

export async function showStudies(main) {
  let rows = [];
  const chosen = new Set();
  const body = h("tbody");
  const head = h("tr");
  const compare = h("button", { type: "button", disabled: true, onclick: () => go(`/compare?studies=${[...chosen].map(encodeURIComponent).join(",")}`) }, "Compare");
  const find = h("input", {
    type: "search", placeholder: "Find a study", "aria-label": "Find a study", value: query().find ?? "",
    oninput: (event) => { setQuery({ find: event.target.value }); draw(); },
  });
  put(main, h("div", { class: "title" }, h("h1", null, "Studies"), h("div", { class: "tools" }, find, compare)),
    h("div", { class: "card scroll", tabindex: "0", role: "region", "aria-label": "Studies" },
      h("table", { class: "studies stacks" }, h("thead", null, head), body)));

  function draw() {
    const { sort = "created", order = "down", find: text = "" } = query();
    put(head, h("th", { scope: "col" }, h("span", { class: "unseen" }, "Compare")), columns.map(([key, title, value]) => header(key, title, value, sort, order)));
    const value = columns.find(([key]) => key === sort)?.[2] ?? ((row) => row.study);
    const wanted = text.toLowerCase();
    const found = rows.filter((row) => `${row.study} ${row.state} ${(row.tags ?? []).map((tag) => tag.text ?? tag).join(" ")}`.toLowerCase().includes(wanted));
    found.sort((a, b) => compareValues(value(a), value(b)) * (order === "down" ? -1 : 1));
    if (found.length) put(body, found.map(line));
    else put(body, h("tr", null, h("td", { colspan: columns.length + 1, class: "empty" }, rows.length
      ? "No study is called so." : ["There is no study yet. ", h("code", null, "autolora run space.yaml"), " begins one."])));
  }

  function header(key, title, value, sort, order) {
    if (!value) return h("th", { scope: "col" }, title);
    const isSorted = sort === key;
    return h("th", { scope: "col", "aria-sort": isSorted ? (order === "down" ? "descending" : "ascending") : null },
      h("button", { type: "button", class: "sort", onclick: () => { setQuery({ sort: key, order: isSorted && order === "down" ? "up" : "down" }); draw(); } },
        title, isSorted ? (order === "down" ? " ↓" : " ↑") : ""));
  }

  function line(row) {
    const pick = h("input", {
      type: "checkbox", "aria-label": `Compare ${row.study}`, checked: chosen.has(row.study), disabled: Boolean(row.error),
      onchange: (event) => { if (event.target.checked) chosen.add(row.study); else chosen.delete(row.study); compare.disabled = chosen.size < 2; },
    });
    const name = h("a", { href: `/studies/${encodeURIComponent(row.study)}` }, row.study);
    if (row.error) return h("tr", null, h("td", null, pick), cell("Study", name), cell("State", badge("unreadable")),
      h("td", { colspan: columns.length - 2, class: "error" }, row.error));
    return h("tr", null, h("td", null, pick), cell("Study", name), cell("State", badge(row.state)),
      cell("Best", row.best ? [h("strong", null, number(row.best.value)), h("small", null, ` ${row.metric.name}`)] : "–"),
      cell("Trials", bar(row)), cell("Best so far", spark(row.curve)), cell("Worked", seconds(row.seconds)), cell("Begun", time(row.created_at)));
  }

  const news = live("/api/events", async () => { rows = await get("/api/studies"); draw(); }, 900);
  await news.first;
  return news;
}

function cell(label, ...children) {
  return h("td", { "data-label": label }, h("div", null, children));
}

function compareValues(a, b) {
  if (a === null) return b === null ? 0 : -1;
  if (b === null) return 1;
  return typeof a === "string" ? a.localeCompare(b) : a - b;
}

/// How many trials are in each state, as lengths and in words.
export function bar(status) {
  const counts = states.map((state) => [state, status.trials[state] ?? 0]).filter(([, count]) => count > 0);
  const words = counts.map(([state, count]) => `${count} ${state}`).join(", ");
  return h("span", { class: "bar-and-count" },
    h("span", { class: "bar", role: "img", "aria-label": words || "no trials", title: words },
      counts.map(([state, count]) => h("i", { class: state, style: `flex-grow:${count}` })),
      status.run_cap > status.trials.total ? h("i", { style: `flex-grow:${status.run_cap - status.trials.total}` }) : null),
    h("small", null, `${status.trials.total}${status.run_cap ? ` of ${status.run_cap}` : ""}`));
}

/// A curve without axes.
export function spark(values, width = 120, height = 28) {
  const known = (values ?? []).filter((value) => Number.isFinite(value));
  if (known.length < 2) return "–";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const place = (value, index) => `${(2 + index * (width - 4) / (known.length - 1)).toFixed(1)},${(height - 3 - (value - low) / (high - low || 1) * (height - 6)).toFixed(1)}`;
  return svg("svg", { class: "spark", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `from ${number(known[0])} to ${number(known.at(-1))}` },
    svg("polyline", { points: known.map(place).join(" "), fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linejoin": "round" }));
}
