// Plots: what the server makes of a study, drawn by plotly, with the same as a table.

import { get } from "./api.js";
import { go } from "./app.js";
import { choice, h, put, table } from "./dom.js";

let loading = null;

/// plotly is large, and not every view draws.
export function plotly() {
  loading ??= new Promise((done, failed) => {
    const script = h("script", { src: "/assets/plotly.min.js", onload: () => done(window.Plotly), onerror: async () => {
      loading = null;
      const response = await fetch("/assets/plotly.min.js");
      failed(new Error((await response.json().catch(() => ({}))).error ?? "plotly.min.js cannot be loaded"));
    } });
    document.head.append(script);
  });
  return loading;
}

export function theme() {
  return document.documentElement.dataset.theme;
}

/// Light or dark: as chosen here, else as the system has it.
export function setUpTheme(button, redraw) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => { document.documentElement.dataset.theme = localStorage.getItem("theme") ?? (system.matches ? "dark" : "light"); };
  apply();
  button.addEventListener("click", () => { localStorage.setItem("theme", theme() === "dark" ? "light" : "dark"); apply(); redraw(); });
  system.addEventListener("change", () => { apply(); redraw(); });
}

/// Draws into an element, or changes what is drawn there.
export async function draw(element, figure, handlers = {}) {
  const Plotly = await plotly();
  if (!element.isConnected) return;
  const look = getComputedStyle(document.documentElement);
  const color = (name) => look.getPropertyValue(name).trim();
  const layout = { ...figure.layout, modebar: { bgcolor: "rgba(0,0,0,0)", color: color("--soft"), activecolor: color("--accent") } };
  const config = { responsive: true, displaylogo: false, ...figure.config, displayModeBar: innerWidth < 640 ? false : "hover" };
  // What a bar says is for who points at it.
  const data = figure.data.map((trace) => (trace.type === "bar" ? { textposition: "none", ...trace } : trace));
  await Plotly.react(element, data, layout, config);
  if (element.dataset.heard) return;
  element.dataset.heard = "yes";
  element.on("plotly_click", (event) => {
    const trial = event.points?.[0]?.customdata;
    if (Number.isInteger(trial)) handlers.click?.(trial);
  });
  element.on("plotly_selected", (event) => {
    const trials = [...new Set((event?.points ?? []).map((point) => point.customdata).filter(Number.isInteger))];
    if (trials.length) handlers.select?.(trials);
  });
}

/// A card with one of a study's plots. `own` are the choices that this plot alone has; the filter is the page's.
export function plotCard(study, kind, settings) {
  const name = settings.study;
  const own = { ...settings.own };
  const figure = h("div", { class: "figure", role: "img", "aria-label": "Plot" });
  const notes = h("div", { class: "notes" });
  const values = h("details", { class: "values" }, h("summary", null, "As a table"));
  const heading = h("h2", null, kind.name[0].toUpperCase() + kind.name.slice(1));
  const tools = h("div", { class: "tools" }, controls());
  const card = h("section", { class: "card plot", "aria-label": kind.summary }, h("div", { class: "title" }, heading, tools), figure, notes, values);
  let last = null;
  // It loads while the server works the plot out.
  plotly().catch(() => {});

  function controls() {
    const has = (option) => kind.options.includes(option);
    const set = (word) => (value) => { own[word] = value; refresh(); };
    const parameters = settings.parameters.map((parameter) => [parameter.name, parameter.name]);
    return [
      has("x") ? choice("Against", kind.name === "history" ? [["trial", "trial"], ["step", "steps"], ["seconds", "seconds"]]
        : [["report", "report"], ["step", "step"], ["seconds", "seconds"]], own.x, set("x")) : null,
      has("metric") ? choice("Of", [["", settings.metric], ...settings.metrics.filter((metric) => metric !== settings.metric).map((metric) => [metric, metric])], own.metric, set("metric")) : null,
      has("y") ? choice("Scale", [["linear", "linear"], ["log", "log"]], own.y, set("y")) : null,
      kind.name === "contour" && parameters.length > 1 ? [0, 1].map((place) => choice(place ? "and" : "Over", parameters,
        own.parameters?.split(",")[place] ?? parameters[place][0], (value) => {
          const pair = own.parameters?.split(",") ?? parameters.slice(0, 2).map(([word]) => word);
          pair[place] = value;
          own.parameters = pair.join(",");
          refresh();
        })) : null,
    ];
  }

  async function refresh() {
    const words = Object.fromEntries(Object.entries({ ...settings.filter(), ...own }).filter(([, value]) => value));
    let plot;
    try { plot = await get(`${study}/plots/${kind.name}`, { ...words, theme: theme(), columns: innerWidth < 640 ? 1 : null }); } catch (error) {
      last = null;
      return put(notes, h("p", { class: "empty" }, error.message));
    }
    const text = JSON.stringify(plot);
    if (text === last) return;
    last = text;
    heading.textContent = plot.title;
    figure.setAttribute("aria-label", `${plot.title}. The table below has its values.`);
    put(notes, plot.notes.map((note) => h("p", null, note)));
    figure.hidden = plot.plotly.data.length === 0;
    values.hidden = plot.table.rows.length === 0;
    put(values, h("summary", null, "As a table"), table(plot.table.columns, plot.table.rows, { label: plot.title }));
    if (figure.hidden) return;
    try {
      await draw(figure, plot.plotly, {
        click: (trial) => go(`/studies/${encodeURIComponent(name)}/trials/${trial}`),
        select: settings.select,
      });
    } catch (error) {
      last = null;
      figure.hidden = true;
      put(notes, h("p", { class: "empty" }, error.message));
    }
  }
  return { element: card, refresh };
}
