// Curves of one trial or several, drawn from what their reports say.

import { choice, h, put, table } from "./dom.js";
import { number } from "./format.js";
import { draw, plotly } from "./plot.js";

// Colors that the color-blind can tell apart (Okabe and Ito).
const colors = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#8c6d31", "#7f7f7f"];
const dashes = ["solid", "dash", "dot", "dashdot"];

/// plotly reads a little HTML in texts: names are to be shown as they are.
const plain = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/// A card with a curve a trial, of a metric to choose.
export function curveCard(title) {
  const figure = h("div", { class: "figure", role: "img", "aria-label": "Plot" });
  const tools = h("div", { class: "tools" });
  const values = h("details", { class: "values" });
  const notes = h("div", { class: "notes" });
  const element = h("section", { class: "card plot", "aria-label": title }, h("div", { class: "title" }, h("h2", null, title), tools), figure, notes, values);
  const chosen = { metric: "", x: "report", y: "linear" };
  let trials = [];
  // Loaded before the first report comes, which is not to wait for it.
  plotly().catch(() => {});

  function drawTools() {
    const names = [...new Set(trials.flatMap((trial) => Object.keys(trial.curves.metrics)))].filter((name) => name !== trials[0].metric.name).sort();
    const set = (word) => (value) => { chosen[word] = value; refresh(); };
    put(tools, choice("Of", [["", trials[0].metric.name], ...names.map((name) => [name, name])], chosen.metric, set("metric")),
      choice("Against", [["report", "report"], ["step", "step"], ["seconds", "seconds"]], chosen.x, set("x")),
      choice("Scale", [["linear", "linear"], ["log", "log"]], chosen.y, set("y")));
  }

  function places(trial) {
    const { curves } = trial;
    if (chosen.x === "step") return curves.step;
    if (chosen.x === "report") return curves.report;
    return curves.at.map((at) => (at === null || trial.started_at === null ? null : at - trial.started_at));
  }

  const series = (trial) => (chosen.metric ? trial.curves.metrics[chosen.metric] ?? [] : trial.curves.value);

  async function refresh() {
    const ink = getComputedStyle(document.documentElement);
    const [text, grid] = [ink.getPropertyValue("--text").trim(), ink.getPropertyValue("--line").trim()];
    const name = chosen.metric || trials[0].metric.name;
    const data = trials.map((trial, place) => ({
      type: "scatter", mode: series(trial).length > 60 ? "lines" : "lines+markers", x: places(trial), y: series(trial), name: `trial ${trial.number}`,
      line: { color: colors[place % colors.length], width: 2, dash: dashes[Math.floor(place / colors.length) % dashes.length] },
      hoverinfo: "text", text: series(trial).map((value, at) => plain(`trial ${trial.number}, ${chosen.x} ${number(places(trial)[at])}: ${number(value)}`)),
    }));
    // Of one value an axis would reach far below 0, and between two reports there is none.
    const finite = (all) => all.flat().filter((value) => value !== null);
    const [xs, ys] = [finite(data.map((trace) => trace.x)), finite(data.map((trace) => trace.y))];
    const span = (all) => Math.max(...all) - Math.min(...all);
    const flat = (all, pad) => (all.length && span(all) === 0 ? { range: [all[0] - pad, all[0] + pad] } : {});
    const whole = chosen.x !== "seconds" && xs.length && span(xs) <= 10 ? { dtick: 1, ...flat(xs, 1) } : {};
    const even = chosen.y === "linear" && ys.length ? flat(ys, Math.abs(ys[0]) * 0.05 || 0.5) : {};
    const axis = (label) => ({ title: { text: plain(label), font: { size: 12 } }, gridcolor: grid, linecolor: grid, zeroline: false, automargin: true });
    const layout = {
      autosize: true, height: 320, margin: { l: 60, r: 16, t: trials.length > 1 ? 40 : 10, b: 48 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: text, family: "system-ui, sans-serif", size: 12 }, showlegend: trials.length > 1, legend: { orientation: "h", y: 1.02, yanchor: "bottom" },
      xaxis: { ...axis(chosen.x), ...whole }, yaxis: { ...axis(name), type: chosen.y, ...even },
    };
    const isEmpty = data.every((trace) => !trace.y.some((value) => value !== null));
    const left = trials.map((trial) => trial.curves.left_out).reduce((sum, more) => sum + more, 0);
    put(notes, isEmpty ? h("p", { class: "empty" }, "Nothing has been reported yet.") : left ? h("p", null, `${left} reports between those shown are left out.`) : null);
    figure.hidden = values.hidden = isEmpty;
    figure.setAttribute("aria-label", `${name} against ${chosen.x}. The table below has its values.`);
    const rows = trials.flatMap((trial) => series(trial).map((value, at) => [String(trial.number), number(places(trial)[at]), number(value)]));
    put(values, h("summary", null, "As a table"), table(["Trial", chosen.x, name], rows.slice(0, 1000), { label: title }));
    if (isEmpty) return;
    try { await draw(figure, { data, layout }); } catch (error) {
      figure.hidden = true;
      put(notes, h("p", { class: "empty" }, error.message));
    }
  }

  return {
    element,
    async show(all) {
      trials = all;
      if (!tools.contains(document.activeElement)) drawTools();
      await refresh();
    },
  };
}
