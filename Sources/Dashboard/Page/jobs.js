// What a cluster has of a study: jobs that run, jobs that wait, since when and why.

import { h, put } from "./dom.js";
import { seconds } from "./format.js";

const waits = (job) => job.phase === "submitting" || job.phase === "pending";
const since = (time) => seconds(Math.max(0, Date.now() / 1000 - time));

/// "job 4711: pending (Priority)"
export function jobWords(job) {
  return `${job.job ? `job ${job.job}` : "its job"}: ${job.standing}`;
}

/// How long a job has waited or run.
export function jobTime(job) {
  return waits(job) ? `waits for ${since(job.submitted_at)}` : `runs for ${since(job.started_at ?? job.since)}`;
}

/// A study's jobs in one fact, which goes with the time: a queue may say nothing new for hours.
export function jobsFact() {
  const words = h("span"), wait = h("small");
  const element = h("div", { hidden: true }, h("dt", null, "Jobs"), h("dd", null, words, wait));
  let jobs = [], isRun = false;

  function draw() {
    const pending = jobs.filter(waits);
    const first = pending.reduce((first, job) => (first && first.submitted_at <= job.submitted_at ? first : job), null);
    const counts = [[jobs.length - pending.length, "running"], [pending.length, "pending"]].filter(([count]) => count > 0);
    element.hidden = jobs.length === 0;
    put(words, counts.map(([count, word]) => `${count} ${word}`).join(", "));
    put(wait, first ? ` the longest for ${since(first.submitted_at)}${first.reason ? `: ${first.reason}` : ""}` : null,
      isRun ? null : " (nobody runs the study: they go on, and its next run takes them up)");
  }

  const clock = setInterval(draw, 5000);
  return {
    element,
    show(status) {
      [jobs, isRun] = [status.jobs ?? [], status.state === "running"];
      draw();
    },
    close() { clearInterval(clock); },
  };
}
