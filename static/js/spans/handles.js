// What lies over the text: the caret of the keyboard, and the two grips that resize the active span.

export class Handles {
  #frame;
  #view;
  #caret = piece("spans-caret");
  #grips = { start: piece("spans-grip start"), end: piece("spans-grip end") };

  /** `drag(side, offset)` while a grip is moved, `drop()` when it is let go. */
  constructor(frame, view, { drag, drop }) {
    this.#frame = frame;
    this.#view = view;
    for (const [side, grip] of Object.entries(this.#grips)) {
      grip.addEventListener("pointerdown", (event) => this.#follow(event, grip, (offset) => drag(side, offset), drop));
      // Neither a selection nor the focus begins on a grip.
      grip.addEventListener("mousedown", (event) => event.preventDefault());
      frame.append(grip);
    }
    frame.append(this.#caret);
  }

  showCaret(offset) {
    const box = this.#boxAt(offset);
    this.#caret.hidden = !box;
    if (!box) return;
    this.#place(this.#caret, box.left, box.top);
    this.#caret.style.height = `${box.height}px`;
    const seen = box.top > 140 && box.bottom < innerHeight - 140;
    if (!seen) scrollBy({ top: box.top - innerHeight / 2, behavior: "instant" });
  }

  hideCaret() {
    this.#caret.hidden = true;
  }

  showGrips(span) {
    const boxes = this.#view.boxesOf(span.start, span.end);
    for (const grip of Object.values(this.#grips)) grip.hidden = !boxes.length;
    if (!boxes.length) return;
    this.#place(this.#grips.start, boxes[0].left, boxes[0].top);
    this.#place(this.#grips.end, boxes.at(-1).right, boxes.at(-1).top);
    this.#grips.start.style.height = `${boxes[0].height}px`;
    this.#grips.end.style.height = `${boxes.at(-1).height}px`;
  }

  hideGrips() {
    for (const grip of Object.values(this.#grips)) grip.hidden = true;
  }

  #boxAt(offset) {
    const range = document.createRange();
    range.setStart(...this.#view.placeOf(offset, offset < this.#view.text.length));
    range.collapse(true);
    const box = [...range.getClientRects()].at(-1);
    if (box) return box;
    // At the edge of a line some browsers give a collapsed range no box.
    const [character] = this.#view.boxesOf(offset, Math.min(offset + 1, this.#view.text.length));
    return character ?? this.#view.root.getBoundingClientRect();
  }

  #place(element, left, top) {
    const frame = this.#frame.getBoundingClientRect();
    element.style.left = `${left - frame.left}px`;
    element.style.top = `${top - frame.top}px`;
  }

  #follow(event, grip, moved, drop) {
    event.preventDefault();
    event.stopPropagation();
    const box = grip.getBoundingClientRect();
    const lift = event.clientY - (box.top + box.height / 2);
    grip.setPointerCapture(event.pointerId);
    this.#frame.classList.add("dragging");
    const move = ({ clientX, clientY }) => {
      const offset = this.#view.offsetAt(clientX, clientY - lift);
      if (offset !== null) moved(offset);
    };
    const end = () => {
      grip.removeEventListener("pointermove", move);
      this.#frame.classList.remove("dragging");
      drop();
    };
    grip.addEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", end, { once: true });
  }
}

function piece(className) {
  const element = Object.assign(document.createElement("span"), { className, hidden: true });
  element.setAttribute("aria-hidden", "true");
  return element;
}
