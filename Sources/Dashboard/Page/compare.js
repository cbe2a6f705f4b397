// Several studies: the best value so far against trials, steps or seconds.

import { get, live } from "./api.js";
import { query, setQuery } from "./app.js";
import { badge, choice, h, pairs, put, table } from "./dom.js";
import { number, seconds } from "./format.js";
import { draw, theme } from "./plot.js";

export async function showComparison(main) {
  const { studies = "", x = "trial" } = query();
  const beside = h("section", { class: "card", "aria-label": "Side by side" });
  const names = studies.split(",").filter(Boolean).map(decodeURIComponent);
  const figure = h("div", { class: "figure", role: "img", "aria-label": "Plot" });
  const notes = h("div", { class: "notes" });
  const values = h("details", { class: "values" });
  put(main, h("div", { class: "title" }, h("h1", null, "Compared"), h("div", { class: "tools" },
    choice("Against", [["trial", "trials"], ["step", "steps"], ["seconds", "seconds"]], x, (value) => { setQuery({ x: value }); drawPlot(); }))),
    h("section", { class: "card plot" }, figure, notes, values), beside);

  async function drawPlot() {
    const plot = await get("/api/compare", { studies: names.map(encodeURIComponent).join(","), x: query().x ?? "trial", theme: theme() });
    figure.setAttribute("aria-label", plot.title);
    put(notes, plot.notes.map((note) => h("p", null, note)));
    put(values, h("summary", null, "As a table"), table(plot.table.columns, plot.table.rows, { label: plot.title }));
    figure.hidden = plot.plotly.data.length === 0;
    if (!figure.hidden) await draw(figure, plot.plotly);
  }

  async function drawTable() {
    const rows = (await get("/api/studies")).filter((row) => names.includes(row.study));
    const line = (title, value) => [title, ...rows.map(value)];
    put(beside, h("h2", null, "Side by side"), table(["", ...rows.map((row) => row.study)], [
      line("State", (row) => badge(row.error ? "unreadable" : row.state)), line("Metric", (row) => (row.metric ? `${row.metric.goal} ${row.metric.name}` : row.error)),
      line("Best", (row) => number(row.best?.value)), line("By trial", (row) => row.best?.trial ?? "–"),
      line("Trials", (row) => row.trials?.total ?? "–"), line("Reports", (row) => row.reports ?? "–"), line("Worked", (row) => seconds(row.seconds)),
      line("Best parameters", (row) => h("div", { class: "best" }, pairs(row.best?.parameters ?? {}))),
    ], { label: "Side by side", class: "sides" }));
  }

  const news = live("/api/events", () => Promise.all([drawTable(), drawPlot()]), 2000);
  await news.first;
  return news;
}
