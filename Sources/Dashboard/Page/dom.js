// Elements are made from names and texts. Whatever comes from a study becomes a text node: it is shown, never read as HTML.

import { setting } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

/// An element: h("a", { href: "/" }, "Studies").
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/// The same for drawings.
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/// Puts other children in place of an element's own.
export function put(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/// A table for people and for screen readers; cells are texts or elements.
export function table(columns, rows, attributes) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": attributes?.label ?? "Table" },
    h("table", { class: attributes?.class },
      h("thead", null, h("tr", null, columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, rows.map((row) => h("tr", null, row.map((cell) => h("td", null, cell)))))));
}

/// A word to choose from a few.
export function choice(label, options, value, change) {
  return h("label", { class: "choice" }, h("span", null, label),
    h("select", { onchange: (event) => change(event.target.value) },
      options.map(([word, text]) => h("option", { value: word, ...(word === value ? { selected: true } : {}) }, text))));
}

/// Names and values in a row.
export function pairs(values) {
  return Object.entries(values).map(([name, value]) => h("span", { class: "pair" }, h("b", null, name), ` ${setting(value)}`));
}

export function badge(state) {
  return h("span", { class: `badge ${/^[a-z]+$/.test(state) ? state : ""}` }, state);
}

/// A line for a short while: what came of what was asked for.
export function toast(text, isProblem = false) {
  const line = h("div", { class: isProblem ? "toast problem" : "toast", role: isProblem ? "alert" : "status" }, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), isProblem ? 12000 : 6000);
}

export function problem(text) {
  return h("p", { class: "problem", role: "alert" }, text);
}
