// The text on the page: which place in the document is which offset, and how marked stretches are drawn.
import { levelsOf } from "./marks.js";

const DEEPEST = 5;
const LONGEST_TAG = 24;

export class TextView {
  #shown = new Map();
  #looks;

  /** `root` holds the text in pieces that end with a line; `looks` maps labels to {color, title}. */
  constructor(root, looks) {
    this.root = root;
    this.#looks = looks;
    let start = 0;
    this.pieces = [...root.children].map((element) => {
      const text = element.textContent;
      const piece = { element, text, start, end: start + text.length };
      start = piece.end;
      return piece;
    });
    this.text = this.pieces.map((piece) => piece.text).join("");
  }

  /** The offset of a place in the document; places before and after the text are its ends. */
  offsetOf(node, inside) {
    if (!this.root.contains(node)) {
      return this.root.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_PRECEDING ? 0 : this.text.length;
    }
    if (node === this.root) return this.pieces[inside]?.start ?? this.text.length;
    const piece = this.pieces.find(({ element }) => element.contains(node));
    const before = document.createRange();
    before.setStart(piece.element, 0);
    before.setEnd(node, inside);
    return piece.start + before.toString().length;
  }

  /** [text node, offset in it]; `after`: where two meet, the later one, as for what begins here. */
  placeOf(offset, after = true) {
    const at = this.pieces.findIndex(({ end }) => offset < end || (!after && offset === end));
    const piece = this.pieces.at(at);
    const walker = document.createTreeWalker(piece.element, NodeFilter.SHOW_TEXT);
    let rest = offset - piece.start;
    let last = null;
    while (walker.nextNode()) {
      last = walker.currentNode;
      if (rest < last.length || (!after && rest === last.length)) return [last, rest];
      rest -= last.length;
    }
    return last ? [last, last.length] : [piece.element, 0];
  }

  rangeOf(start, end) {
    const range = document.createRange();
    range.setStart(...this.placeOf(start));
    range.setEnd(...this.placeOf(end, false));
    return range;
  }

  /** Where a stretch lies in the window; of nothing, where the caret would be. */
  boxesOf(start, end) {
    return [...this.rangeOf(start, end).getClientRects()].filter(({ height }) => height > 0);
  }

  /** The offset under a point of the window; null outside the text. */
  offsetAt(x, y) {
    const found = document.caretPositionFromPoint?.(x, y);
    const [node, inside] = found ? [found.offsetNode, found.offset] : placeAt(x, y);
    return node && this.root.contains(node) ? this.offsetOf(node, inside) : null;
  }

  /** Draw these spans; only pieces in which something changed are touched. Returns whether any was. */
  paint(spans, ghosts, active) {
    const levels = levelsOf([...spans, ...ghosts]);
    const next = new Map();
    for (const span of spans) next.set(span, look(levels.get(span), span === active, false));
    for (const span of ghosts) next.set(span, look(levels.get(span), span === active, true));
    const changed = [...next.keys()].filter((span) => this.#shown.get(span)?.key !== next.get(span).key);
    changed.push(...[...this.#shown.keys()].filter((span) => !next.has(span)));
    this.#shown = next;
    this.root.dataset.depth = String(Math.min(Math.max(0, ...levels.values()), DEEPEST));
    const stale = this.pieces.filter((piece) => changed.some((span) => span.start < piece.end && span.end > piece.start));
    for (const piece of stale) this.#draw(piece);
    return stale.length > 0;
  }

  #draw({ element, text, start, end }) {
    const here = [...this.#shown].filter(([span]) => span.start < end && span.end > start);
    here.sort(([, a], [, b]) => a.level - b.level);
    const cuts = new Set([start, end]);
    for (const [span] of here) cuts.add(Math.max(span.start, start)).add(Math.min(span.end, end));
    const sorted = [...cuts].sort((a, b) => a - b);
    const drawn = document.createDocumentFragment();
    for (let at = 0; at + 1 < sorted.length; at++) {
      const [from, to] = [sorted[at], sorted[at + 1]];
      let node = document.createTextNode(text.slice(from - start, to - start));
      for (const [span, shown] of here) if (span.start <= from && to <= span.end) node = this.#mark(node, span, shown, from, to);
      drawn.append(node);
    }
    element.replaceChildren(drawn);
  }

  #mark(node, span, { level, active, ghost }, from, to) {
    const { color = "gray", title = span.label } = this.#looks.get(span.label) ?? {};
    const mark = document.createElement("mark");
    mark.className = `span color-${color} level-${Math.min(level, DEEPEST)}`;
    mark.classList.toggle("ghost", ghost);
    mark.classList.toggle("active", active);
    mark.classList.toggle("starts", from === span.start);
    if (to === span.end) {
      mark.classList.add("ends");
      mark.dataset.tag = ghost ? `${shortened(title)}?` : shortened(title);
    }
    mark.append(node);
    return mark;
  }
}

const look = (level, active, ghost) => ({ level, active, ghost, key: `${level} ${active} ${ghost}` });

function shortened(title) {
  const characters = [...title];
  return characters.length > LONGEST_TAG ? `${characters.slice(0, LONGEST_TAG).join("")}…` : title;
}

function placeAt(x, y) {
  const range = document.caretRangeFromPoint?.(x, y);
  return [range?.startContainer, range?.startOffset];
}
