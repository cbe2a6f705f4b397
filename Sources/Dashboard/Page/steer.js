// What can be asked of a study: a request, which its controller takes, answers and keeps.

import { get, post } from "./api.js";
import { h, pairs, put, toast } from "./dom.js";
import { count, setting } from "./format.js";

async function ask(path, request) {
  try {
    const answer = await post(`${path}/requests`, request);
    if (answer.done === null) toast(`${answer.words}: recorded; the study has not answered yet.`);
    else toast(answer.words, !answer.done);
    return answer.done !== false;
  } catch (error) {
    toast(error.message, true);
    return false;
  }
}

function button(label, ask, isGrave = false) {
  return h("button", { type: "button", class: isGrave ? "grave" : null, onclick: ask }, label);
}

/// Asks for some values before a request is made. Closing it makes none.
function dialog(title, fields, act, verb) {
  const form = h("form", { method: "dialog" }, h("h2", null, title), fields, h("div", { class: "tools" },
    h("button", { type: "button", class: "quiet", onclick: () => box.close() }, "Cancel"), h("button", { type: "submit", class: "main" }, verb)));
  const box = h("dialog", { "aria-label": title, onclose: () => box.remove() }, form);
  let isAsking = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isAsking) return;
    isAsking = true;
    try {
      if (await act(Object.fromEntries(new FormData(form)))) box.close();
    } finally { isAsking = false; }
  });
  document.body.append(box);
  box.showModal();
}

const field = (label, name, attributes) => h("label", { class: "field" }, h("span", null, label), h("input", { name, autocomplete: "off", ...attributes }));

/// A parameter's field: a list where it has choices. `text`: what it begins with; none: it is drawn.
function parameterField({ name, choices, range }, text = "") {
  if (!choices) return field(name, `p:${name}`, { value: text, placeholder: range ?? "" });
  return h("label", { class: "field" }, h("span", null, name), h("select", { name: `p:${name}` }, text === "" ? h("option", { value: "" }, "drawn") : null,
    choices.map((choice) => [JSON.stringify(choice), choice]).map(([word, choice]) => h("option", { value: word, ...(word === text ? { selected: true } : {}) }, setting(choice)))));
}

/// As they are written: the server reads them as `enqueue --set` does.
function settings(words) {
  return Object.fromEntries(Object.entries(words).filter(([name, text]) => name.startsWith("p:") && text !== "").map(([name, text]) => [name.slice(2), text]));
}

/// `study` gives it as it is now; `show` offers what can be asked of it so.
export function studySteering(path, study) {
  const stop = () => dialog("Stop the study", [h("p", null, "Its trials end after what they are at, checkpoints and the best adapter stay, and `autolora resume` goes on with it."), field("Why", "reason")],
    ({ reason }) => ask(path, { kind: "stop", reason: reason || null }), "Stop");
  const workers = () => dialog("Trials at the same time", [field("Workers", "count", { type: "number", min: 1, value: String(study().workers), required: true })],
    ({ count }) => ask(path, { kind: "workers", count: Number(count) }), "Set");
  const enqueue = () => dialog("Add a configuration", [h("p", null, "What is left empty is drawn from the space."), study().parameters.map((parameter) => parameterField(parameter))],
    (words) => ask(path, { kind: "enqueue", settings: settings(words) }), "Add");
  const element = h("div", { class: "steering", role: "group", "aria-label": "Steer the study" });
  let wasRunning = null;
  return {
    element,
    show() {
      const isRunning = study().status.state === "running";
      if (isRunning === wasRunning) return;
      wasRunning = isRunning;
      put(element, button("Add a configuration", enqueue), isRunning ? button("Workers", workers) : null, noteButton(path), tagButton(path), isRunning ? button("Stop", stop, true) : null);
    },
  };
}

export function trialSteering(path, trial) {
  const prune = () => dialog(`Prune trial ${trial.number}`, [h("p", null, "It ends, is in state pruned, and keeps what it has reported."), field("Why", "reason")],
    ({ reason }) => ask(path, { kind: "prune", trial: trial.number, reason: reason || null }), "Prune");
  const own = Object.fromEntries(Object.entries(trial.parameters).map(([name, value]) => [name, JSON.stringify(value)]));
  // Only what was changed is given: what depends on it may not be there any more.
  const changed = (words) => settings(Object.fromEntries(Object.entries(words).filter(([name, text]) => text !== own[name.slice(2)])));
  const clone = async () => {
    const known = await get(path).then((study) => study.parameters, () => []);
    dialog(`Another like trial ${trial.number}`, [h("p", null, "Change what is to be different."),
      Object.keys(own).sort().map((name) => parameterField(known.find((parameter) => parameter.name === name) ?? { name }, own[name]))],
    (words) => ask(path, { kind: "enqueue", clone: trial.number, settings: changed(words) }), "Add");
  };
  const isOpen = ["running", "waiting", "paused"].includes(trial.state);
  return h("div", { class: "steering", role: "group", "aria-label": "Steer the trial" }, button("Clone with changes", clone), noteButton(path, trial.number), tagButton(path, trial.number), isOpen ? button("Prune", prune, true) : null);
}

function noteButton(path, trial) {
  return button("Note", () => dialog(trial === undefined ? "A note on the study" : `A note on trial ${trial}`, field("Note", "text", { required: true, maxlength: 2000 }),
    ({ text }) => ask(path, { kind: "note", text, trial }), "Keep"));
}

function tagButton(path, trial) {
  return button("Tag", () => dialog(trial === undefined ? "Tag the study" : `Tag trial ${trial}`, field("Tag", "text", { required: true, maxlength: 100 }), ({ text }) => ask(path, { kind: "tag", text, trial }), "Tag"));
}

const mostQueued = 20;

/// Configurations that wait to be tried, each with a button that takes it back.
export function queue(path, queued, isReadOnly) {
  if (!queued.length) return null;
  const remove = ({ request }) => (isReadOnly ? null : h("button", { type: "button", class: "away", "aria-label": `Take back the configuration of request ${request}`, onclick: () => ask(path, { kind: "remove", number: request }) }, "✕"));
  return h("details", { class: "queue", open: queued.length <= 3 }, h("summary", null, `${count(queued.length, "configuration")} to be tried next`),
    h("ul", null, queued.slice(0, mostQueued).map((one) => h("li", null, pairs(one.parameters), " ", remove(one))),
      queued.length > mostQueued ? h("li", null, `and ${queued.length - mostQueued} more`) : null));
}

/// Tags and notes, each with a button that takes it away.
export function marks(path, marked, isReadOnly) {
  const remove = (mark, kind) => (isReadOnly ? null : h("button", { type: "button", class: "away", "aria-label": `Remove the ${kind} ${mark.text}`, onclick: () => ask(path, { kind: "remove", number: mark.number }) }, "✕"));
  const element = h("div", { class: "marks" });
  return put(element, marked.tags.map((tag) => h("span", { class: "chip" }, tag.text, remove(tag, "tag"))),
    marked.notes.map((note) => h("p", { class: "note", tabindex: note.text.length > 300 ? "0" : null }, note.text, remove(note, "note"))));
}
