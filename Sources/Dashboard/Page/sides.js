// Trials side by side: what differs between them, and their curves in one plot.

import { get, live, studyPath } from "./api.js";
import { badge, h, put } from "./dom.js";
import { number, seconds, setting } from "./format.js";
import { curveCard } from "./curves.js";

export async function showSides(main, study, list) {
  const numbers = list.split(",").slice(0, 8);
  const path = studyPath(study);
  const values = h("section", { class: "card", "aria-label": "What differs" });
  const curves = curveCard("Reports");
  put(main, h("h1", null, `Trials ${numbers.join(", ")}`), h("div", { class: "stack" }, values, curves.element));

  async function refresh() {
    const trials = await Promise.all(numbers.map((trial) => get(`${path}/trials/${trial}`)));
    const names = [...new Set(trials.flatMap((trial) => Object.keys(trial.parameters)))].sort();
    const figures = [...new Set(trials.flatMap((trial) => Object.keys(trial.curves.metrics)))].sort();
    const last = (trial, name) => trial.curves.metrics[name]?.findLast((value) => value !== null);
    const row = (title, cells) => {
      const differ = new Set(cells.map((cell) => cell?.textContent ?? String(cell))).size > 1;
      return h("tr", { class: differ ? "differs" : null }, h("th", { scope: "row" }, title, differ ? h("span", { class: "unseen" }, " (differs)") : null), cells.map((cell) => h("td", null, cell)));
    };
    put(values, h("h2", null, "What differs"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What differs" }, h("table", { class: "sides" },
      h("thead", null, h("tr", null, h("td"), trials.map((trial) => h("th", { scope: "col" }, h("a", { href: `/studies/${encodeURIComponent(study)}/trials/${trial.number}` }, `Trial ${trial.number}`))))),
      h("tbody", null, row("State", trials.map((trial) => badge(trial.state))), row(trials[0].metric.name, trials.map((trial) => number(trial.value))),
        row("Reports", trials.map((trial) => String(trial.reports))), row("Time", trials.map((trial) => seconds(trial.seconds)))),
      group("Parameters", trials.length), h("tbody", null, names.map((name) => row(name, trials.map((trial) => setting(trial.parameters[name]))))),
      group("Latest figures", trials.length), h("tbody", null, figures.map((name) => row(name, trials.map((trial) => number(last(trial, name)))))))));
    await curves.show(trials);
  }
  const news = live(`${path}/events`, refresh, 1000);
  await news.first;
  return news;
}

function group(title, width) {
  return h("tbody", null, h("tr", { class: "group" }, h("th", { colspan: width + 1, scope: "rowgroup" }, title)));
}
