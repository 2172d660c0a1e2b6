// Marking spans: one selection, made by mouse, touch or keys, becomes a span as soon as it has a label.
import { gettext, ngettext, pgettext } from "../words.js";
import { Boundaries, isRightToLeft } from "./boundaries.js";
import { Handles } from "./handles.js";
import { SpanList } from "./list.js";
import { isSame, Marks, Refused } from "./marks.js";
import { Palette } from "./palette.js";
import { TextView } from "./textview.js";

// How long the grips of a touch selection must rest before the labels are offered.
const RESTED_MS = 250;
const RESIZES = { "[": ["end", -1], "]": ["end", 1], "{": ["start", -1], "}": ["start", 1] };
const TYPING = "input:not([type=hidden]), textarea, select";

export class SpansEditor {
  #fieldset;
  #input;
  #part;
  #view;
  #marks;
  #boundaries;
  #looks = new Map();
  #hotkeys = new Map();
  #palette;
  #list;
  #handles;
  #listening = new AbortController();

  #armed = null;
  #active = null;
  #pending = null;
  #dragged = null;
  #dismissed = [];
  #suggested;
  // The selection as the keys see it; `focus` is where the caret is.
  #caret = { anchor: 0, focus: 0 };
  #words;
  #pointer = null;
  #resting = 0;
  #mayLeave = false;

  constructor(fieldset) {
    this.#fieldset = fieldset;
    this.#part = (name) => fieldset.querySelector(`[data-spans-${name}]`);
    this.#input = this.#part("answer");
    const labels = [...this.#part("labels").querySelectorAll("[data-label]")];
    for (const { dataset } of labels) {
      this.#looks.set(dataset.label, { color: dataset.color, title: dataset.title });
      if (dataset.key) this.#hotkeys.set(dataset.key, dataset.label);
    }
    this.#view = new TextView(this.#part("text"), this.#looks);
    this.#marks = new Marks(this.#view.text, { mayOverlap: fieldset.dataset.overlap === "true" });
    this.#boundaries = new Boundaries(this.#view.text, this.#view.pieces);
    this.#words = fieldset.dataset.words === "true";
    // Offsets are only worth something on the very text that the server has.
    if (this.#marks.length !== Number(fieldset.dataset.length)) {
      this.#say(gettext("This text did not arrive as it is stored, so it cannot be marked. Reload the page."), true);
      return;
    }
    this.#palette = new Palette(this.#part("frame"), labels, (command) => this.#run(command));
    this.#list = new SpanList(this.#part("list"));
    this.#handles = new Handles(this.#part("frame"), this.#view, {
      drag: (side, offset) => this.#drag(side, offset),
      drop: () => this.#drop(),
    });
    this.#begin();
    this.#listen();
    fieldset.dataset.mounted = "";
    this.#refresh();
  }

  close() {
    this.#listening.abort();
    clearTimeout(this.#resting);
  }

  /** Put another answer in the place of this one; it can be taken back. */
  write(answer) {
    if (!this.#list) return false;
    const spans = this.#marks.parse(answer);
    this.#active = this.#pending = null;
    this.#closePalette();
    this.#marks.replaceAll(spans);
    this.#save();
    return spans.length > 0 || answer.length === 0;
  }

  /** A key that is meant for the question, wherever the focus is: a label's. */
  key(event) {
    const label = this.#list && this.#hotkeys.get(event.key);
    if (label === undefined || event.ctrlKey || event.metaKey || event.altKey) return false;
    this.#label(label);
    return true;
  }

  #begin() {
    const draft = parsed(this.#input.value);
    this.#marks.begin(this.#marks.parse(draft));
    const lost = draft.length - this.#marks.spans.length;
    if (lost > 0) this.#say(gettext("%(count)s of the spans saved before do not fit this text and are not shown.", { count: lost }), true);
    this.#suggested = this.#marks.parse(parsed(this.#fieldset.dataset.suggested));
  }

  #listen() {
    const { signal } = this.#listening;
    const text = this.#view.root;
    text.addEventListener("pointerdown", (event) => (this.#pointer = { touch: event.pointerType === "touch" }));
    text.addEventListener("keydown", (event) => this.#onTextKey(event));
    text.addEventListener("focus", () => this.#onFocus());
    text.addEventListener("blur", () => this.#handles.hideCaret());
    text.addEventListener("dragstart", (event) => event.preventDefault());
    this.#fieldset.addEventListener("keydown", (event) => this.#onKey(event));
    this.#fieldset.addEventListener("click", (event) => this.#onClick(event));
    this.#part("list").addEventListener("focusin", ({ target }) => this.#activate(this.#list.spanOf(target), { open: false }));
    addEventListener("mouseup", (event) => this.#onMouseUp(event), { signal });
    addEventListener("resize", () => this.#replace(), { signal });
    document.addEventListener("selectionchange", () => this.#onSelection(), { signal });
    document.addEventListener("keydown", (event) => this.#onUndoKey(event), { signal });
    document.addEventListener("pointerdown", ({ target }) => this.#fieldset.contains(target) || this.#letGo(), { signal });
  }

  // Pointers

  #onMouseUp({ clientX, clientY, altKey }) {
    if (!this.#pointer) return;
    const { touch } = this.#pointer;
    this.#pointer = null;
    // A click into the selection clears it only after this event.
    setTimeout(() => {
      const range = this.#selected();
      if (range) this.#offer(this.#snap(range, altKey), { armed: this.#armed });
      else this.#tap(this.#view.offsetAt(clientX, clientY), touch);
    });
  }

  /** Nothing was selected: a span is picked, or with a finger a word. */
  #tap(offset, touch) {
    if (offset === null) return this.#letGo();
    const word = touch && this.#snap([offset, Math.min(offset + 1, this.#view.text.length)], false);
    if (touch && this.#pending && word) {
      return this.#offer([Math.min(this.#pending[0], word[0]), Math.max(this.#pending[1], word[1])], { select: true });
    }
    this.#caret = { anchor: offset, focus: offset };
    const here = this.#shown().filter((span) => span.start <= offset && offset < span.end);
    if (here.length) {
      // Again on the same place: the next one of those that overlap, the shortest first.
      here.sort((a, b) => a.end - a.start - (b.end - b.start));
      return this.#activate(here[(here.indexOf(this.#active) + 1) % here.length], { open: true });
    }
    this.#letGo();
    if (word) this.#offer(word, { armed: this.#armed, select: true });
  }

  /** Touch selections have no end that is told: they are taken when they rest. */
  #onSelection() {
    clearTimeout(this.#resting);
    if (!this.#pointer?.touch || !this.#selected()) return;
    this.#resting = setTimeout(() => {
      const range = this.#selected();
      if (range) this.#offer(this.#snap(range, false), {});
    }, RESTED_MS);
  }

  /** [start, end] of what is selected in the document, where that began in the text. */
  #selected() {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed || !this.#view.root.contains(selection.anchorNode)) return null;
    const ends = [
      this.#view.offsetOf(selection.anchorNode, selection.anchorOffset),
      this.#view.offsetOf(selection.focusNode, selection.focusOffset),
    ].sort((a, b) => a - b);
    return ends[0] < ends[1] ? ends : null;
  }

  #snap([start, end], exactly) {
    return this.#boundaries.snap(start, end, this.#words !== exactly ? "word" : "character");
  }

  /** A stretch waits for its label; with one armed it becomes a span at once. */
  #offer(range, { armed = null, select = true, focus = false }) {
    if (!range) return this.#letGo();
    this.#active = null;
    this.#pending = range;
    this.#caret = { anchor: range[0], focus: range[1] };
    if (armed !== null) return this.#label(armed);
    if (select) this.#select(range);
    this.#refresh();
    const [start, end] = range;
    this.#palette.open({ title: gettext("Label the selection"), label: this.#armed, actions: [], box: this.#view.boxesOf(start, end).at(-1), focus });
  }

  #drag(side, offset) {
    const span = this.#active;
    const snapped = this.#snap(side === "start" ? [Math.min(offset, span.end - 1), span.end] : [span.start, Math.max(offset, span.start + 1)], false);
    if (!snapped) return;
    const [start, end] = side === "start" ? [snapped[0], span.end] : [span.start, snapped[1]];
    this.#closePalette();
    this.#dragged = { ...span, start, end };
    this.#refresh();
  }

  #drop() {
    const moved = this.#dragged;
    this.#dragged = null;
    if (moved) this.#change(this.#active, { start: moved.start, end: moved.end });
  }

  // Keys

  #onFocus() {
    this.#mayLeave = false;
    if (this.#view.root.matches(":focus-visible") && !this.#pointer) this.#showCaret();
  }

  #onUndoKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest?.(TYPING)) return;
    if (!this.#fieldset.isConnected || this.#fieldset.disabled) return;
    const key = event.key.toLowerCase();
    const back = key === "z" && !event.shiftKey;
    if (!(back ? this.#marks.canUndo : (key === "y" || key === "z") && this.#marks.canRedo)) return;
    event.preventDefault();
    this.#stepBack(back);
  }

  #onTextKey(event) {
    if (event.isComposing) return;
    const { key, shiftKey } = event;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1, Home: -1, End: 1 }[key];
    if (step && !event.altKey && !event.metaKey) {
      event.preventDefault();
      this.#walk(key, step, shiftKey, event.ctrlKey);
    } else if (key === "Tab" && !this.#mayLeave && !event.ctrlKey && !event.altKey) {
      if (this.#activateNext(shiftKey ? -1 : 1)) event.preventDefault();
    } else if (key === "Enter" && this.#pending) {
      event.preventDefault();
      if (this.#armed === null) this.#offer(this.#pending, { focus: true });
      else this.#label(this.#armed);
    }
  }

  /** Keys in the text, the list and the palette. */
  #onKey(event) {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") {
      if (!this.#leave()) return;
    } else if (event.target.closest(TYPING)) {
      return;
    } else if (!this.#commandActive(event)) {
      // A letter that no label has stays what it is elsewhere on the page.
      if (event.target.closest("[data-spans-frame], [data-spans-list]") && this.key(event)) event.preventDefault();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #commandActive(event) {
    const span = this.#active;
    const inside = event.target === this.#view.root || this.#list.contains(event.target);
    if (!span || !inside) return false;
    const arrow = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const ghost = this.#isGhost(span);
    if (event.key === "Delete" || event.key === "Backspace") this.#run({ action: ghost ? "dismiss" : "remove" });
    else if (event.key === "Enter" && event.target === this.#view.root && ghost) this.#run({ action: "accept" });
    else if (event.key === "Enter" && !ghost && !event.target.closest("[data-row-action]")) this.#activate(span, { open: true, focus: true });
    else if (ghost) return false;
    else if (RESIZES[event.key]) this.#resize(...RESIZES[event.key]);
    else if (event.altKey && arrow) this.#resize(event.shiftKey ? "start" : "end", arrow * this.#forward(span.end));
    else if (event.altKey && event.key === "ArrowUp") this.#move(-1);
    else if (event.altKey && event.key === "ArrowDown") this.#move(1);
    else return false;
    return true;
  }

  /** 1 where text runs to the right. */
  #forward(offset) {
    return isRightToLeft(this.#view.text, offset) ? -1 : 1;
  }

  #walk(key, step, extend, other) {
    const unit = this.#words !== other ? "word" : "character";
    const { anchor, focus } = this.#caret;
    let to;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const onwards = step * this.#forward(focus) > 0;
      if (!onwards) to = this.#boundaries.previous(focus, unit);
      else to = extend ? this.#boundaries.endOf(focus, unit) : this.#boundaries.next(focus, unit);
      // Taking back a selection goes word's end by word's end.
      if (extend && !onwards && focus > anchor) to = Math.max(anchor, this.#boundaries.endBefore(focus, unit));
    } else {
      to = this.#boundaries.floor(this.#byLine(key, step, other, focus), "character");
    }
    this.#active = null;
    this.#closePalette();
    this.#caret = { anchor: extend ? anchor : to, focus: to };
    const range = [Math.min(this.#caret.anchor, to), Math.max(this.#caret.anchor, to)];
    this.#pending = range[0] < range[1] ? range : null;
    this.#refresh();
    this.#select([this.#caret.anchor, to]);
    this.#showCaret();
    if (this.#pending) this.#say(gettext("Selected: %(quote)s", { quote: this.#marks.quote({ start: range[0], end: range[1] }) }));
    else this.#say(this.#view.text.slice(to, this.#boundaries.endOf(to, unit)));
  }

  #byLine(key, step, whole, focus) {
    if (whole) return step < 0 ? 0 : this.#view.text.length;
    const selection = document.getSelection();
    const [node, inside] = this.#view.placeOf(focus, focus < this.#view.text.length);
    selection.setBaseAndExtent(node, inside, node, inside);
    selection.modify("move", step < 0 ? "backward" : "forward", key.startsWith("Arrow") ? "line" : "lineboundary");
    return this.#view.offsetOf(selection.focusNode, selection.focusOffset);
  }

  #showCaret() {
    this.#handles.showCaret(this.#caret.focus);
  }

  #select([anchor, focus]) {
    const [later, earlier] = anchor <= focus ? [focus, anchor] : [anchor, focus];
    const places = { [earlier]: this.#view.placeOf(earlier), [later]: this.#view.placeOf(later, earlier === later && later < this.#view.text.length) };
    document.getSelection().setBaseAndExtent(...places[anchor], ...places[focus]);
  }

  /** Escape: one thing less at a time; with nothing left to let go, the next Tab leaves the text. */
  #leave() {
    if (this.#palette.isOpen) {
      this.#closePalette();
    } else if (this.#pending || this.#active) this.#letGo();
    else if (this.#armed !== null) this.#arm(null);
    else if (this.#mayLeave) return false;
    else this.#mayLeave = document.activeElement === this.#view.root;
    return true;
  }

  #activateNext(step) {
    const spans = this.#shown().sort((a, b) => a.start - b.start || b.end - a.end);
    const { focus } = this.#caret;
    let at = spans.indexOf(this.#active) + step;
    if (!this.#active) at = step > 0 ? spans.findIndex((span) => span.start >= focus) : spans.findLastIndex((span) => span.start < focus);
    const span = spans[at];
    if (at < 0 || !span) {
      if (this.#active) this.#letGo();
      return false;
    }
    this.#activate(span, { open: false });
    this.#caret = { anchor: span.start, focus: span.start };
    this.#select([span.start, span.start]);
    this.#showCaret();
    return true;
  }

  // What is done to spans

  #run({ label, action }) {
    if (label !== undefined) this.#label(label);
    else if (action === "remove") this.#remove(this.#active);
    else if (action === "accept") this.#accept([this.#active]);
    else if (action === "dismiss") this.#dismiss([this.#active]);
    else if (action) this.#resize(...RESIZES[action]);
  }

  #label(label) {
    const active = this.#active;
    this.#closePalette();
    if (this.#pending) {
      const [start, end] = this.#pending;
      this.#try(() => this.#marks.add({ start, end, label }), () => {
        this.#pending = null;
        this.#caret = { anchor: end, focus: end };
        this.#say(`${this.#title(label)}: ${this.#marks.quote({ start, end })}`);
      });
      if (!this.#pending) this.#collapse();
    } else if (active && this.#isGhost(active)) {
      this.#try(() => this.#marks.add({ ...active, label }), () => this.#dismissed.push(active));
    } else if (active) {
      if (active.label !== label) this.#change(active, { label });
    } else this.#arm(this.#armed === label ? null : label);
  }

  #change(span, changes) {
    this.#try(() => (this.#active = this.#marks.change(span, changes)), () => {
      this.#say(`${this.#title(this.#active.label)}: ${this.#marks.quote(this.#active)}`);
    });
  }

  #remove(span) {
    this.#marks.remove(span);
    const quote = this.#marks.quote(span);
    const inList = this.#list.contains(document.activeElement);
    this.#active = null;
    this.#closePalette();
    this.#save();
    if (inList && !this.#list.focus(this.#marks.spans.find((each) => each.start >= span.start))) this.#view.root.focus();
    this.#say(gettext("Deleted: %(quote)s", { quote }));
  }

  #accept(ghosts) {
    const values = { count: this.#marks.addAll(ghosts), total: ghosts.length };
    this.#active = null;
    this.#closePalette();
    this.#save();
    const all = values.count === values.total;
    this.#say(all ? gettext("%(count)s accepted.", values) : gettext("%(count)s of %(total)s accepted; the others overlap what is marked.", values), !all);
  }

  #dismiss(ghosts) {
    this.#dismissed.push(...ghosts);
    this.#active = null;
    this.#closePalette();
    this.#refresh();
    this.#say(gettext("Suggestion dismissed."));
  }

  #resize(side, step) {
    const { start, end } = this.#active;
    const unit = this.#words ? "word" : "character";
    const ends = { start, end };
    if (side === "start") ends.start = step < 0 ? this.#boundaries.previous(start, unit) : this.#boundaries.next(start, unit);
    else ends.end = step < 0 ? this.#boundaries.endBefore(end, unit) : this.#boundaries.endOf(end, unit);
    this.#reshape(ends);
  }

  #move(step) {
    const { start, end } = this.#active;
    const unit = this.#words ? "word" : "character";
    const move = step < 0 ? ["previous", "endBefore"] : ["next", "endOf"];
    this.#reshape({ start: this.#boundaries[move[0]](start, unit), end: this.#boundaries[move[1]](end, unit) });
  }

  #reshape({ start, end }) {
    const span = this.#active;
    if (start >= end || (start === span.start && end === span.end)) return;
    this.#change(span, { start, end });
    this.#replace();
  }

  /** A change that may be refused; then nothing changes and the reason is shown. */
  #try(change, done) {
    try {
      change();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#say(error.message, true);
      this.#refresh();
      return;
    }
    done();
    this.#save();
  }

  #stepBack(back) {
    this.#active = this.#pending = null;
    this.#closePalette();
    if (back) this.#marks.undo();
    else this.#marks.redo();
    this.#save();
    this.#say(`${back ? gettext("Undone.") : gettext("Done again.")} ${count(this.#marks.spans.length)}.`);
  }

  #arm(label) {
    this.#armed = label;
    this.#refresh();
    this.#say(label === null ? gettext("No label is armed.") : gettext("%(label)s is armed: what you select is marked so.", { label: this.#title(label) }));
  }

  #activate(span, { open, focus = false }) {
    if (!span) return;
    this.#active = span;
    this.#pending = null;
    this.#closePalette();
    this.#refresh();
    const quote = this.#marks.quote(span);
    const said = `${this.#title(span.label)}: ${quote}`;
    this.#say(this.#isGhost(span) ? gettext("Suggested %(span)s", { span: said }) : said);
    if (open) {
      const actions = this.#isGhost(span) ? GHOST_ACTIONS : SPAN_ACTIONS;
      this.#palette.open({ title: `“${quote.slice(0, 80)}”`, label: span.label, actions, box: this.#view.boxesOf(span.start, span.end).at(-1), focus });
    }
  }

  #letGo() {
    if (!this.#active && !this.#pending && !this.#palette?.isOpen) return;
    this.#active = this.#pending = null;
    this.#closePalette();
    this.#refresh();
  }

  /** A focus in the palette goes back to the text. */
  #closePalette() {
    if (!this.#palette.isOpen) return;
    const inside = this.#palette.element.contains(document.activeElement);
    this.#palette.close();
    if (inside) this.#view.root.focus({ preventScroll: true });
  }

  #collapse() {
    const { focus } = this.#caret;
    if (this.#view.root.contains(document.getSelection().anchorNode)) this.#select([focus, focus]);
  }

  #onClick({ target }) {
    const button = target.closest("button");
    if (!button || this.#palette.element.contains(button)) return;
    const row = button.closest("[data-spans-list] li");
    if (row) this.#onRow(this.#list.spanOf(button), button);
    else if (button.dataset.label !== undefined) this.#label(button.dataset.label);
    else if (button.dataset.spansDo) this.#switches[button.dataset.spansDo]();
  }

  #switches = {
    words: () => {
      this.#words = !this.#words;
      this.#refresh();
      this.#say(this.#words ? gettext("Selections grow to whole words.") : gettext("Selections take exact characters."));
    },
    undo: () => this.#stepBack(true),
    redo: () => this.#stepBack(false),
    acceptAll: () => this.#accept(this.#ghosts()),
    dismissAll: () => this.#dismiss(this.#ghosts()),
  };

  #onRow(span, button) {
    if (button.dataset.rowAction === "remove") return this.#remove(span);
    this.#activate(span, { open: false });
    this.#view.rangeOf(span.start, span.start + 1).startContainer.parentElement.scrollIntoView({ block: "center", behavior: "instant" });
    if (button.dataset.rowAction === "relabel") this.#activate(span, { open: true, focus: true });
  }

  // What is shown

  #title(label) {
    return this.#looks.get(label)?.title ?? label;
  }

  #ghosts() {
    return this.#suggested.filter(
      (ghost) => !this.#dismissed.includes(ghost) && !this.#marks.spans.some((span) => isSame(span, ghost)),
    );
  }

  #isGhost(span) {
    return this.#suggested.includes(span) && !this.#marks.spans.includes(span);
  }

  #shown() {
    return [...this.#marks.spans, ...this.#ghosts()];
  }

  #save() {
    this.#input.value = JSON.stringify(this.#marks.answer());
    this.#refresh();
    this.#input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #refresh() {
    const { spans } = this.#marks;
    const shown = this.#dragged ? spans.map((span) => (span === this.#active ? this.#dragged : span)) : spans;
    const ghosts = this.#ghosts();
    const active = this.#dragged ?? this.#active;
    const selected = document.activeElement === this.#view.root && !this.#pending ? this.#caret : null;
    if (this.#view.paint(shown, ghosts, active) && selected) this.#select([selected.anchor, selected.focus]);
    this.#list.show(spans, this.#active, (span) => ({ ...(this.#looks.get(span.label) ?? { color: "gray", title: span.label }), quote: this.#marks.quote(span) }));
    if (active && !this.#isGhost(active)) this.#handles.showGrips(active);
    else this.#handles.hideGrips();
    this.#part("count").textContent = count(spans.length);
    this.#part("list").hidden = spans.length === 0;
    this.#part("empty").hidden = spans.length > 0;
    this.#part("ghosts").hidden = ghosts.length === 0;
    this.#part("suggested").textContent = ngettext("%(count)s span suggested", "%(count)s spans suggested", ghosts.length);
    for (const button of this.#part("labels").querySelectorAll("[data-label]")) {
      button.setAttribute("aria-pressed", String(button.dataset.label === this.#armed));
    }
    const press = (name) => this.#fieldset.querySelector(`[data-spans-do=${name}]`);
    press("words").setAttribute("aria-pressed", String(this.#words));
    press("undo").disabled = !this.#marks.canUndo;
    press("redo").disabled = !this.#marks.canRedo;
  }

  /** What lies over the text, put where the text is now. */
  #replace() {
    const span = this.#active;
    const [start, end] = span ? [span.start, span.end] : (this.#pending ?? [0, 0]);
    const box = end ? this.#view.boxesOf(start, end).at(-1) : null;
    if (box && this.#palette.isOpen) this.#palette.place(box);
    if (span && !this.#isGhost(span)) this.#handles.showGrips(span);
    this.#handles.hideCaret();
  }

  /** For screen readers; a problem for everybody, until the next word. */
  #say(text, problem = false) {
    const note = this.#part("note");
    note.classList.toggle("visually-hidden", !problem);
    note.textContent = text;
  }
}

const SPAN_ACTIONS = [
  { action: "{", title: gettext("Begin a word earlier"), text: "⇤ +" },
  { action: "}", title: gettext("Begin a word later"), text: "⇤ −" },
  { action: "[", title: gettext("End a word earlier"), text: "− ⇥" },
  { action: "]", title: gettext("End a word later"), text: "+ ⇥" },
  { action: "remove", title: pgettext("to do", "Delete") },
];
const GHOST_ACTIONS = [
  { action: "accept", title: gettext("Accept") },
  { action: "dismiss", title: gettext("Dismiss") },
];

const count = (many) => ngettext("%(count)s span", "%(count)s spans", many);

function parsed(json) {
  try {
    const value = JSON.parse(json || "[]");
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
