// The table of a study's trials, a page at a time: the server puts them in order and finds among them.

import { get } from "./api.js";
import { go, query, setQuery } from "./app.js";
import { badge, h, put } from "./dom.js";
import { count, number, seconds, setting } from "./format.js";
import { jobTime, jobWords } from "./jobs.js";

/// Rows of a page: `size`.
export function trialTable(study, settings, size = 50) {
  const head = h("tr"), body = h("tbody"), pages = h("div", { class: "pages" });
  const chosen = new Set();
  const sides = h("button", { type: "button", disabled: true, onclick: () => go(`/studies/${encodeURIComponent(settings.study)}/trials/${[...chosen].sort((a, b) => a - b).join(",")}`) }, "Side by side");
  const find = h("input", {
    type: "search", placeholder: "Find: a number, r=8, an error", "aria-label": "Find trials", value: query().find ?? "",
    oninput: (event) => { setQuery({ find: event.target.value, from: null }); refresh(); },
  });
  const element = h("section", { class: "card", "aria-label": "Trials" }, h("div", { class: "title" }, h("h2", null, "Trials"), h("div", { class: "tools" }, find, sides)),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Trials" }, h("table", { class: "trials" }, h("thead", null, head), body)), pages);
  const columns = [
    ["number", "Trial"], ["state", "State"], ["value", settings.metric],
    ...settings.otherMetrics.map((name) => [name, name]), ["reports", "Reports"], ["seconds", "Time"],
    ...settings.parameters.map(({ name }) => [name, name]),
  ];

  function header([key, title]) {
    const { sort = "number", order = "down" } = query();
    const isSorted = sort === key;
    return h("th", { scope: "col", "aria-sort": isSorted ? (order === "down" ? "descending" : "ascending") : null },
      h("button", { type: "button", class: "sort", onclick: () => { setQuery({ sort: key, order: isSorted && order === "down" ? "up" : "down", from: null }); refresh(); } },
        title, isSorted ? (order === "down" ? " ↓" : " ↑") : ""));
  }

  function line(row) {
    const pick = h("input", {
      type: "checkbox", "aria-label": `Trial ${row.number} side by side`, checked: chosen.has(row.number),
      onchange: (event) => { if (event.target.checked) chosen.add(row.number); else chosen.delete(row.number); sides.disabled = chosen.size < 2 || chosen.size > 8; },
    });
    const confirms = row.confirms === undefined ? null : h("small", null, row.confirms === "baseline" ? " baseline" : ` confirms ${row.confirms}`);
    return h("tr", null, h("td", null, pick),
      h("td", null, h("a", { href: `/studies/${encodeURIComponent(settings.study)}/trials/${row.number}` }, String(row.number)), confirms),
      h("td", null, badge(row.state), row.job ? h("small", { class: "job", title: jobTime(row.job) }, ` ${jobWords(row.job)}`) : null, row.error || row.infeasible ? h("small", { class: "error", title: row.error ?? row.infeasible }, ` ${row.error ?? row.infeasible}`) : null),
      h("td", { class: "figure-cell" }, number(row.value)), settings.otherMetrics.map((name) => h("td", { class: "figure-cell" }, number(row.metrics?.[name]))),
      h("td", { class: "figure-cell" }, row.reports), h("td", { class: "figure-cell" }, seconds(row.seconds)),
      settings.parameters.map(({ name }) => h("td", null, setting(row.parameters[name]))));
  }

  async function refresh() {
    const { sort = "number", order = "down", find: text, from = "0" } = query();
    const answer = await get(`${study}/trials`, { ...settings.filter(), sort, order, find: text, from, count: size });
    const first = Number(from);
    put(head, h("th", { scope: "col" }, h("span", { class: "unseen" }, "Choose")), columns.map(header));
    if (answer.rows.length) put(body, answer.rows.map(line));
    else put(body, h("tr", null, h("td", { colspan: columns.length + 1, class: "empty" }, "No trial is in the chosen states and shares.")));
    const turn = (to, label, isOff) => h("button", { type: "button", disabled: isOff, onclick: () => { setQuery({ from: to || null }); refresh(); } }, label);
    put(pages, h("span", null, answer.total ? `${first + 1} to ${first + answer.rows.length} of ${count(answer.total, "trial")}` : ""),
      answer.total > size ? [turn(Math.max(0, first - size), "Before", first === 0), turn(first + size, "Next", first + size >= answer.total)] : null);
  }
  return { element, refresh };
}
