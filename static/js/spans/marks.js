// The spans of one text: what is marked, how it came so, and how it is written in the answer.
import { gettext, number } from "../words.js";
import { CodePoints } from "./codepoints.js";

const MOST = 5_000;
const REMEMBERED = 200;

const inOrder = (a, b) => a.start - b.start || b.end - a.end || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0);
export const isSame = (a, b) => a.start === b.start && a.end === b.end && a.label === b.label;
const overlaps = (a, b) => a.start < b.end && b.start < a.end;

/** A change that cannot be made; the message says why. */
export class Refused extends Error {}

/** Spans {start, end, label} in UTF-16 units, in order; each is frozen, a change puts another in its place. */
export class Marks {
  #text;
  #points;
  #mayOverlap;
  #past = [];
  #future = [];

  constructor(text, { mayOverlap }) {
    this.#text = text;
    this.#points = new CodePoints(text);
    this.#mayOverlap = mayOverlap;
    this.spans = [];
  }

  /** How many code points the text has: what the server counted, if the text arrived as it was sent. */
  get length() {
    return this.#points.length;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** Spans of an answer → spans of this text; those that do not quote it are left out. */
  parse(answer) {
    const found = [];
    for (const { start, end, label, text } of Array.isArray(answer) ? answer : []) {
      if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= this.length)) continue;
      const span = { start: this.#points.toUnit(start), end: this.#points.toUnit(end), label: String(label) };
      if (text === undefined || this.quote(span) === text) found.push(Object.freeze(span));
    }
    found.sort(inOrder);
    return found.filter((span, at) => at === 0 || !isSame(span, found[at - 1]));
  }

  /** The answer: [{start, end, label, text}] in code points. */
  answer(spans = this.spans) {
    return spans.map((span) => ({
      start: this.#points.toPoint(span.start),
      end: this.#points.toPoint(span.end),
      label: span.label,
      text: this.quote(span),
    }));
  }

  quote({ start, end }) {
    return this.#text.slice(start, end);
  }

  /** Begin with these; there is nothing to take back. */
  begin(spans) {
    this.spans = spans;
    this.#past = [];
    this.#future = [];
  }

  add(span) {
    return this.#put(null, span);
  }

  /** The span with other places or another label. */
  change(span, changes) {
    return this.#put(span, { ...span, ...changes });
  }

  remove(span) {
    this.replaceAll(this.spans.filter((each) => each !== span));
  }

  replaceAll(spans) {
    this.#past.push(this.spans);
    if (this.#past.length > REMEMBERED) this.#past.shift();
    this.#future = [];
    this.spans = [...spans].sort(inOrder);
  }

  /** Add what can be added; returns how many were. */
  addAll(spans) {
    const all = [...this.spans];
    for (const span of spans) if (all.length < MOST && !this.#obstacle(span, all)) all.push(span);
    const added = all.length - this.spans.length;
    if (added) this.replaceAll(all);
    return added;
  }

  undo() {
    this.#future.push(this.spans);
    this.spans = this.#past.pop();
  }

  redo() {
    this.#past.push(this.spans);
    this.spans = this.#future.pop();
  }

  #put(old, { start, end, label }) {
    const others = old ? this.spans.filter((each) => each !== old) : this.spans;
    const span = Object.freeze({ start, end, label });
    if (others.length >= MOST) throw new Refused(gettext("An answer holds at most %(most)s spans.", { most: number(MOST) }));
    const obstacle = this.#obstacle(span, others);
    if (obstacle) throw new Refused(obstacle);
    this.replaceAll([...others, span]);
    return span;
  }

  #obstacle(span, others) {
    if (others.some((each) => isSame(each, span))) return gettext("This is marked so already.");
    if (!this.#mayOverlap && others.some((each) => overlaps(each, span))) return gettext("Spans may not overlap here.");
    return "";
  }
}

/** The line under the text that each span is drawn on: the shorter the nearer, and none on another's line. */
export function levelsOf(spans) {
  const levels = new Map();
  let group = [];
  let reach = -1;
  const settle = () => {
    group.sort((a, b) => a.end - a.start - (b.end - b.start));
    for (const [at, span] of group.entries()) {
      const taken = new Set(group.slice(0, at).filter((each) => overlaps(each, span)).map((each) => levels.get(each)));
      let level = 0;
      while (taken.has(level)) level += 1;
      levels.set(span, level);
    }
  };
  for (const span of [...spans].sort(inOrder)) {
    if (span.start >= reach) {
      settle();
      group = [];
    }
    group.push(span);
    reach = Math.max(reach, span.end);
  }
  settle();
  return levels;
}
