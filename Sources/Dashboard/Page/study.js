// A study: how it stands, its plots, its failures, its trials, its space file; and what can be asked of it.

import { get, getSession, live, studyPath, throttled } from "./api.js";
import { query, setQuery } from "./app.js";
import { badge, h, pairs, problem, put } from "./dom.js";
import { failures } from "./failures.js";
import { makeFilter } from "./filter.js";
import { count, error, number, seconds, time } from "./format.js";
import { jobsFact } from "./jobs.js";
import { plotCard } from "./plot.js";
import { marks, queue, studySteering } from "./steer.js";
import { bar } from "./studies.js";
import { trialTable } from "./table.js";

const tabs = [
  ["overview", "Overview", ["history", "importances", "curves", "front"]], ["curves", "Curves", ["curves"]],
  ["parameters", "Parameters", ["parallel", "slice", "contour", "importances"]], ["resources", "Resources", ["resources"]],
  ["timeline", "Timeline", ["timeline"]], ["failures", "Failures", []], ["trials", "Trials", []], ["space", "Space file", []],
];

export async function showStudy(main, name) {
  const path = studyPath(name);
  const session = await getSession();
  const first = await get(path);
  if (first.error) {
    put(main, h("h1", null, name), problem(first.error));
    return null;
  }
  let parts = [];
  const head = h("div"), content = h("div", { id: "content", role: "tabpanel", tabindex: "-1" }), list = h("div", { role: "tablist", class: "tabs", "aria-label": "Views of the study" });
  const filter = makeFilter(() => refreshParts());
  const jobs = jobsFact();
  let latest = first;
  const steering = session.read_only ? null : studySteering(path, () => latest);
  put(main, head, steering?.element, list, filter.element, content);

  function drawHead(study) {
    const { status } = study;
    const elapsed = seconds(status.seconds);
    put(head, h("div", { class: "title" }, h("h1", null, name, " ", badge(status.state)), marks(path, study, session.read_only)),
      h("dl", { class: "facts" },
        fact(`Best ${status.metric.name}`, status.best ? [h("strong", { class: "value" }, number(status.best.value)), error(status.best.standard_error),
          h("small", null, " by trial ", h("a", { href: `/studies/${encodeURIComponent(name)}/trials/${status.best.trial}` }, status.best.trial))] : "–"),
        fact("Trials", bar({ trials: status.trials, run_cap: study.run_cap })), fact("Reports", status.reports),
        fact("Worked", elapsed), fact("Workers", study.workers), jobs.element, fact("Begun", time(study.created_at))),
      status.best ? h("p", { class: "best" }, pairs(status.best.parameters)) : null,
      [study.confirmed, study.warning, study.problem, status.best?.note].filter(Boolean).map((text) => h("p", { class: "hint" }, text)),
      study.pending.length ? h("p", { class: "hint" }, "Waiting for the study: ", study.pending.map((request) => request.words).join("; ")) : null,
      queue(path, status.queued ?? [], session.read_only));
    jobs.show(status);
    steering?.show();
  }

  function drawTabs(study) {
    const now = chosen()[0];
    put(list, tabs.map(([key, title]) => h("button", {
      type: "button", role: "tab", id: `tab-${key}`, "aria-selected": String(key === now), "aria-controls": "content", tabindex: key === now ? 0 : -1,
      onclick: () => choose(key, study),
      onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const place = (tabs.findIndex(([word]) => word === now) + step + tabs.length) % tabs.length;
        choose(tabs[place][0], study);
        document.getElementById(`tab-${tabs[place][0]}`).focus();
      },
    }, title, key === "failures" && study.status.trials.failed ? ` (${study.status.trials.failed})` : "")));
    content.setAttribute("aria-labelledby", `tab-${now}`);
  }

  const chosen = () => tabs.find(([word]) => word === query().tab) ?? tabs[0];

  function choose(key, study) {
    setQuery({ tab: key === "overview" ? null : key });
    drawTabs(study);
    open(study);
  }

  function open(study) {
    const [key, , kinds] = chosen();
    const settings = {
      study: name, metric: study.status.metric.name, metrics: study.metrics, parameters: study.parameters, filter: filter.words, select: filter.brush,
      otherMetrics: (study.status.metrics ?? []).slice(1).map((metric) => metric.name),
    };
    filter.element.hidden = key === "space" || key === "failures";
    parts = kinds.map((kind) => session.plots.find((plot) => plot.name === kind))
      .filter((kind) => kind && (kind.name !== "front" || settings.otherMetrics.length)).map((kind) => plotCard(path, kind, settings));
    if (key === "trials" || key === "overview") parts.push(trialTable(path, settings, key === "trials" ? 50 : 10));
    if (key === "failures") parts.push(failures(path, name));
    put(content, h("div", { class: key === "overview" ? "grid" : "stack" }, parts.map((part) => part.element)),
      key === "space" ? h("section", { class: "card" }, h("h2", null, study.space_file_name), h("p", null, `${count(study.parameters.length, "parameter")}, seed ${study.seed}`), h("pre", { class: "log", tabindex: "0" }, study.space_file)) : null);
    refreshParts();
  }

  function refreshParts() {
    return Promise.all(parts.map(async (part) => {
      const said = part.element.querySelector(":scope > .problem");
      // What goes wrong once, as when the server is started again, takes nothing away.
      try { await part.refresh(); said?.remove(); } catch (error) { if (!said) part.element.prepend(problem(error.message)); }
    }));
  }

  drawHead(first);
  drawTabs(first);
  open(first);
  // The head is quick, plots of a large study are not: neither waits for the other.
  const followParts = throttled(refreshParts, 1500);
  let isFirst = true;
  const news = live(`${path}/events`, async () => {
    const study = await get(path);
    if (study.error) return put(head, problem(study.error));
    latest = study;
    drawHead(study);
    if (!isFirst) followParts();
    isFirst = false;
  });
  return { close() { news.close(); jobs.close(); } };
}

function fact(term, ...value) {
  return h("div", null, h("dt", null, term), h("dd", null, value));
}
