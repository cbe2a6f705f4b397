// Failed trials by what went wrong, with what they printed last.

import { get } from "./api.js";
import { h, put } from "./dom.js";
import { count } from "./format.js";

export function failures(study, name) {
  const list = h("div");
  const element = h("section", { class: "card", "aria-label": "Failures" }, h("h2", null, "Failures"), list);
  let last = null;
  async function refresh() {
    const groups = await get(`${study}/failures`);
    const text = JSON.stringify(groups);
    if (text === last) return;
    last = text;
    if (!groups.length) return put(list, h("p", { class: "empty" }, "No trial has failed."));
    put(list, groups.map((group) => h("article", { class: "failure" },
      h("h3", null, group.error), h("p", null, `${count(group.count, "trial")}: `,
        group.trials.slice(-30).map((trial) => [h("a", { href: `/studies/${encodeURIComponent(name)}/trials/${trial}` }, String(trial)), " "])),
      group.log_tail ? h("details", { open: groups.length === 1 }, h("summary", null, `The end of trial ${group.latest}'s log`), h("pre", { class: "log", tabindex: "0" }, group.log_tail.slice(-20000))) : null)));
  }
  return { element, refresh };
}
