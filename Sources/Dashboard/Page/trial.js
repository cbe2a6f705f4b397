// One trial: what it was given, what it reported, what it printed, what happened to it, and how to have it again.

import { get, getSession, live, studyPath, throttled } from "./api.js";
import { badge, h, problem, put, table, toast } from "./dom.js";
import { count, error, number, seconds, setting, time } from "./format.js";
import { curveCard } from "./curves.js";
import { jobTime, jobWords } from "./jobs.js";
import { logCard } from "./log.js";
import { marks, trialSteering } from "./steer.js";

export async function showTrial(main, study, trialNumber) {
  const path = `${studyPath(study)}/trials/${trialNumber}`;
  const session = await getSession();
  const head = h("div"), facts = h("div", { class: "stack" });
  const curves = curveCard("Reports"), log = logCard(path);
  const steering = h("div");
  const configuration = h("details", { class: "card values", ontoggle: async (event) => {
    if (!event.target.open) return;
    const text = await get(`${path}/config`).then((answer) => answer.text, (error) => error.message);
    put(configuration, h("summary", null, "config.json"), h("pre", { class: "log", tabindex: "0" }, text));
  } }, h("summary", null, "config.json"));
  put(main, head, steering, h("div", { class: "grid" }, facts, h("div", { class: "stack" }, curves.element, log.element, configuration)));
  let steered = null, latest = null;
  // The figures are quick, a plot is not: they do not wait for it.
  const followCurves = throttled(() => curves.show([latest]), 700);

  async function refresh() {
    const trial = latest = await get(path);
    drawHead(head, path, study, trial, session.read_only);
    drawFacts(facts, trial);
    if (!session.read_only && steered !== trial.state) put(steering, trialSteering(studyPath(study), trial));
    steered = trial.state;
    log.follow(trial.state === "running");
    followCurves().catch(() => {});
    await log.refresh();
  }

  const news = live(`${studyPath(study)}/events`, () => refresh().catch((error) => put(head, problem(error.message))), 500);
  await news.first;
  return { close() { news.close(); log.close(); } };
}

function drawHead(head, path, study, trial, isReadOnly) {
  const origin = trial.confirms === undefined ? null : trial.confirms === "baseline" ? "the baseline again" : `confirms trial ${trial.confirms}`;
  put(head, h("div", { class: "title" }, h("h1", null, `Trial ${trial.number} `, badge(trial.state)), marks(studyPath(study), trial, isReadOnly, trial.number)),
    h("dl", { class: "facts" }, fact(`Best ${trial.metric.name}`, h("strong", { class: "value" }, number(trial.value)), error(trial.standard_error)), fact("At step", trial.step ?? "–"),
      fact("Reports", trial.reports), fact("Time", seconds(trial.seconds)), fact("Launches", trial.launches), fact("Begun", time(trial.started_at)), fact("Ended", time(trial.ended_at))),
    trial.job ? h("p", { class: "hint" }, jobWords(trial.job), h("small", null, ` ${jobTime(trial.job)}`)) : null,
    origin ? h("p", { class: "hint" }, `${origin}${trial.seed === undefined ? "" : `, seed ${trial.seed}`}`) : null,
    trial.error ? problem(trial.error) : trial.infeasible ? problem(`It ran out of memory: ${trial.infeasible}`) : null);
}

function drawFacts(element, trial) {
  const open = [...element.querySelectorAll("details")].map((details) => details.open);
  put(element,
    h("section", { class: "card", "aria-label": "Parameters" }, h("h2", null, "Parameters"), pairs(trial.parameters)),
    matrix(trial.confusion),
    trial.test ? h("section", { class: "card" }, h("h2", null, "On the test split"), pairs(trial.test)) : null,
    h("section", { class: "card", "aria-label": "Commands" }, h("h2", null, "Have it again"), trial.commands.map(({ what, command }) => h("div", { class: "command" },
      h("p", null, what), h("pre", { tabindex: "0" }, command), h("button", { type: "button", class: "quiet", onclick: () => copy(command) }, "Copy")))),
    h("details", { class: "card values" }, h("summary", null, `What happened (${count(trial.events.length, "event")})`),
      table(["When", "What"], trial.events.slice(-500).map((event) => [time(event.at), event.what]), { label: "Events" })),
    Object.keys(trial.details).length ? h("details", { class: "card values" }, h("summary", null, "Its latest report's words"), pairs(trial.details)) : null);
  element.querySelectorAll("details").forEach((details, place) => { details.open = open[place] ?? false; });
}

function pairs(values) {
  const names = Object.keys(values).sort();
  return h("dl", { class: "pairs" }, names.map((name) => [h("dt", null, name), h("dd", null, setting(values[name]))]));
}

/// Counts of labels against what was predicted.
function matrix(confusion) {
  if (!confusion) return null;
  const { counts, labels, step } = confusion;
  const largest = Math.max(...counts.flat(), 1);
  return h("section", { class: "card", "aria-label": "Confusion matrix" }, h("h2", null, "Confusion matrix"),
    h("p", { class: "empty" }, `Rows are the labels, columns what was predicted${step === null ? "" : `, at step ${step}`}.`),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Confusion matrix" }, h("table", { class: "matrix" },
      h("thead", null, h("tr", null, h("td"), labels.map((label) => h("th", { scope: "col" }, label)))),
      h("tbody", null, counts.map((row, place) => h("tr", null, h("th", { scope: "row" }, labels[place]),
        row.map((value) => h("td", { style: `--share:${value / largest}` }, String(value)))))))));
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); toast("Copied."); } catch { toast("The browser lets nothing be copied here: mark the text.", true); }
}

function fact(term, ...value) {
  return h("div", null, h("dt", null, term), h("dd", null, value));
}
