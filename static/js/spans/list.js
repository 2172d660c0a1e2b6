// The spans as a list: one stop for the Tab key, arrows from row to row; rows are kept while their span is.
import { gettext, pgettext } from "../words.js";

const QUOTED = 80;

export class SpanList {
  #element;
  #rows = new Map();

  constructor(element) {
    this.#element = element;
    element.addEventListener("keydown", (event) => {
      const row = event.target.closest("li");
      const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
      if (!row || !step || event.altKey) return;
      event.preventDefault();
      (row[step] ?? row).querySelector("[data-span-row]").focus();
    });
  }

  /** Show these spans; `describe(span)` → {color, title, quote}. */
  show(spans, active, describe) {
    const gone = new Set(this.#rows.keys());
    let before = null;
    for (const span of spans) {
      gone.delete(span);
      if (!this.#rows.has(span)) this.#rows.set(span, rowOf(span, describe(span)));
      const row = this.#rows.get(span);
      const place = before ? before.nextElementSibling : this.#element.firstElementChild;
      if (place !== row) this.#element.insertBefore(row, place);
      before = row;
    }
    for (const span of gone) {
      this.#rows.get(span).remove();
      this.#rows.delete(span);
    }
    const stop = this.#rows.get(active) ?? this.#element.firstElementChild;
    for (const row of this.#element.children) {
      const main = row.querySelector("[data-span-row]");
      const tab = row === stop ? 0 : -1;
      if (main.tabIndex !== tab) main.tabIndex = tab;
      if (row.classList.contains("active") !== (row === this.#rows.get(active))) row.classList.toggle("active");
    }
  }

  /** The span whose row holds this element. */
  spanOf(element) {
    const row = element.closest("li");
    return [...this.#rows].find(([, each]) => each === row)?.[0] ?? null;
  }

  /** Put the focus on a span's row, or on the first; returns whether there is one. */
  focus(span) {
    const row = this.#rows.get(span) ?? this.#element.firstElementChild;
    row?.querySelector("[data-span-row]").focus({ preventScroll: true });
    return Boolean(row);
  }

  contains(element) {
    return this.#element.contains(element);
  }
}

function rowOf(span, { color, title, quote }) {
  const row = document.createElement("li");
  row.className = `color-${color}`;
  const main = document.createElement("button");
  main.type = "button";
  main.dataset.spanRow = "";
  main.className = "spans-row";
  const tag = Object.assign(document.createElement("span"), { className: "spans-tag", textContent: title, dir: "auto" });
  const text = quote.length > QUOTED ? `${[...quote].slice(0, QUOTED).join("")}…` : quote;
  const words = Object.assign(document.createElement("span"), { className: "spans-quote", textContent: text, dir: "auto" });
  main.append(tag, " ", words);
  row.append(main, act("relabel", gettext("Change the label of “%(text)s”", { text }), gettext("Change")), act("remove", gettext("Delete the mark on “%(text)s”", { text }), pgettext("to do", "Delete")));
  return row;
}

function act(action, title, text) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button quiet small", textContent: text, tabIndex: -1 });
  button.dataset.rowAction = action;
  button.setAttribute("aria-label", title);
  return button;
}
