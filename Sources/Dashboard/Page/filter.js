// One filter for all plots and the table of a page: states, the best share, and what was brushed. It is in the page's address.

import { query, setQuery } from "./app.js";
import { choice, h, put } from "./dom.js";
import { count, states } from "./format.js";

const shares = [["", "all"], ["0.5", "50 %"], ["0.25", "25 %"], ["0.1", "10 %"], ["0.05", "5 %"], ["0.01", "1 %"]];

/// What the address says, as far as it can be: it may have been typed.
function words() {
  const { states: given, top, trials } = query();
  const some = given?.split(",").filter((word) => states.includes(word)) ?? [];
  return {
    states: some.length && some.length < states.length ? some.join(",") : undefined, top: shares.some(([share]) => share === top) ? top : undefined,
    trials: /^\d+(,\d+)*$/.test(trials ?? "") ? trials : undefined,
  };
}

export function makeFilter(change) {
  const bar = h("form", { class: "filter", "aria-label": "Which trials are shown", onsubmit: (event) => event.preventDefault() });

  function set(words) {
    setQuery(words);
    draw();
    change();
  }

  function draw() {
    const { states: chosen, top = "", trials } = words();
    const shown = new Set(chosen ? chosen.split(",") : states);
    put(bar,
      h("fieldset", { class: "states" }, h("legend", { class: "unseen" }, "States"), states.map((state) => h("label", { class: `state ${state}` },
        h("input", {
          type: "checkbox", checked: shown.has(state), onchange: (event) => {
            if (event.target.checked) shown.add(state); else shown.delete(state);
            set({ states: shown.size === states.length || shown.size === 0 ? null : states.filter((word) => shown.has(word)).join(",") });
          },
        }), state))),
      choice("Best", shares, top, (value) => set({ top: value })),
      trials ? h("button", { type: "button", class: "chip", "aria-label": "Show all trials again", onclick: () => set({ trials: null }) },
        `${count(trials.split(",").length, "trial")} brushed ✕`) : null);
  }

  draw();
  return {
    element: bar,
    words,
    brush(trials) { set({ trials: trials.join(",") }); },
  };
}
