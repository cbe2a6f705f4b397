// Values as people read them.

/// Four significant digits, without the zeros that say nothing.
export function number(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  // Counts are exact.
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-3)) return value.toExponential(3).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(4)));
}

/// What a value's standard error is said to be; nothing where it tells of none.
export function error(value) {
  return value > 0 ? ` ± ${Number(value.toPrecision(2))}` : "";
}

/// A parameter's value: texts bare, lists as a space file has them, objects as JSON.
export function setting(value) {
  if (value === undefined) return "–";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map(setting).join(", ")}]`;
  return typeof value === "number" ? number(value) : JSON.stringify(value);
}

export function seconds(value) {
  if (value === null || value === undefined) return "–";
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 59.95) return `${Number(value.toPrecision(3))} s`;
  const whole = Math.round(value);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/// A time in seconds since 1970.
export function time(value) {
  if (!(value > 0 && value < 1e11)) return "–";
  return new Date(value * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

export function bytes(value) {
  if (value < 1024) return `${value} B`;
  return value < 1 << 20 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / (1 << 20)).toFixed(1)} MiB`;
}

export function count(value, word) {
  return `${value} ${word}${value === 1 ? "" : "s"}`;
}

export const states = ["waiting", "running", "paused", "complete", "pruned", "failed"];
