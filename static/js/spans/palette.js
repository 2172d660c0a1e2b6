// The small box at a selection or a span: its label, and what else can be done with it by mouse and by touch.
import { gettext } from "../words.js";

const MANY = 12;

export class Palette {
  #frame;
  #filter;
  #labels;
  #actions;

  /** `labels`: the buttons of the label bar, copied here; `run(command)` is told what was pressed. */
  constructor(frame, labels, run) {
    this.#frame = frame;
    this.element = document.createElement("div");
    this.element.className = "spans-palette";
    this.element.setAttribute("role", "group");
    this.element.hidden = true;
    this.#labels = document.createElement("div");
    this.#labels.className = "spans-palette-labels";
    this.#labels.append(...labels.map(copyOf));
    this.#actions = document.createElement("div");
    this.#actions.className = "spans-palette-actions";
    if (labels.length > MANY) this.element.append(this.#makeFilter(run));
    this.element.append(this.#labels, this.#actions);
    // The text keeps its selection while a button is pressed.
    this.element.addEventListener("mousedown", (event) => event.target !== this.#filter && event.preventDefault());
    this.element.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) run(button.dataset.label === undefined ? { action: button.dataset.action } : { label: button.dataset.label });
    });
    frame.append(this.element);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** `actions`: [{action, title, text?}]; `box`: what it stands below, in the window. */
  open({ title, label, actions, box, focus }) {
    this.element.setAttribute("aria-label", title);
    this.#actions.replaceChildren(...actions.map(actionButton));
    for (const button of this.#labels.children) button.setAttribute("aria-pressed", String(button.dataset.label === label));
    if (this.#filter) this.#narrow("");
    this.element.hidden = false;
    this.place(box);
    if (focus) (this.#filter ?? this.#labels.firstElementChild).focus();
  }

  place(box) {
    const frame = this.#frame.getBoundingClientRect();
    const room = frame.width - this.element.offsetWidth;
    this.element.style.insetInlineStart = "auto";
    this.element.style.left = `${Math.max(0, Math.min(box.left - frame.left, room))}px`;
    this.element.style.top = `${box.bottom - frame.top + 10}px`;
  }

  close() {
    this.element.hidden = true;
  }

  #makeFilter(run) {
    this.#filter = document.createElement("input");
    this.#filter.type = "text";
    this.#filter.autocomplete = "off";
    this.#filter.placeholder = gettext("Find a label");
    this.#filter.setAttribute("aria-label", gettext("Find a label"));
    this.#filter.addEventListener("input", () => this.#narrow(this.#filter.value));
    this.#filter.addEventListener("change", (event) => event.stopPropagation());
    this.#filter.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      const first = [...this.#labels.children].find((button) => !button.hidden);
      if (first) run({ label: first.dataset.label });
    });
    return this.#filter;
  }

  #narrow(typed) {
    const wanted = typed.trim().toLowerCase();
    this.#filter.value = typed;
    for (const button of this.#labels.children) button.hidden = !button.textContent.toLowerCase().includes(wanted);
  }
}

function copyOf(button) {
  const copy = button.cloneNode(true);
  copy.removeAttribute("id");
  return copy;
}

function actionButton({ action, title, text }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small quiet";
  button.dataset.action = action;
  button.textContent = text ?? title;
  if (text) button.setAttribute("aria-label", title);
  button.title = title;
  return button;
}
