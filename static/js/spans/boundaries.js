// Where a text may be cut: between what people see as characters, or between words.

const SEGMENTERS = {
  character: new Intl.Segmenter(undefined, { granularity: "grapheme" }),
  word: new Intl.Segmenter(undefined, { granularity: "word" }),
};

/** Boundaries of one text. `pieces` are its parts {start, end}, each ending with a line, so that none cuts a character. */
export class Boundaries {
  #text;
  #pieces;

  constructor(text, pieces) {
    this.#text = text;
    this.#pieces = pieces.map(({ start, end }) => ({ start, end, segments: {} }));
  }

  /** The nearest boundary at or before the offset. */
  floor(offset, unit) {
    return offset >= this.#text.length ? this.#text.length : this.#at(offset, unit).start;
  }

  /** The nearest boundary at or after the offset. */
  ceil(offset, unit) {
    if (offset <= 0 || offset >= this.#text.length) return Math.min(Math.max(offset, 0), this.#text.length);
    const { start, end } = this.#at(offset, unit);
    return start === offset ? offset : end;
  }

  /** Where the caret goes from here: the next character, or the beginning of the next word. */
  next(offset, unit) {
    if (offset >= this.#text.length) return this.#text.length;
    let at = this.#at(offset, unit).end;
    while (unit === "word" && at < this.#text.length && this.#at(at, unit).blank) at = this.#at(at, unit).end;
    return at;
  }

  /** The character before, or the beginning of the word before. */
  previous(offset, unit) {
    if (offset <= 0) return 0;
    let found = this.#at(offset - 1, unit);
    while (unit === "word" && found.blank && found.start > 0) found = this.#at(found.start - 1, unit);
    return found.start;
  }

  /** The end of the word or character that begins or goes on here; white space before it is passed over. */
  endOf(offset, unit) {
    let at = offset;
    while (unit === "word" && at < this.#text.length && this.#at(at, unit).blank) at = this.#at(at, unit).end;
    return at >= this.#text.length ? this.#text.length : this.#at(at, unit).end;
  }

  /** The end of the last word, or character, that ends before the offset. */
  endBefore(offset, unit) {
    if (offset <= 0) return 0;
    let at = this.#at(offset - 1, unit).start;
    while (unit === "word" && at > 0 && this.#at(at - 1, unit).blank) at = this.#at(at - 1, unit).start;
    return at;
  }

  /** The stretch grown to whole words without the white space around them, or to whole characters; null where nothing is left. */
  snap(start, end, unit) {
    if (unit === "word") {
      while (start < end && this.#at(start, unit).blank) start = Math.min(this.#at(start, unit).end, end);
      while (start < end && this.#at(end - 1, unit).blank) end = Math.max(this.#at(end - 1, unit).start, start);
      if (start >= end) return null;
      [start, end] = [this.floor(start, unit), this.ceil(end, unit)];
    }
    [start, end] = [this.floor(start, "character"), this.ceil(end, "character")];
    return start < end ? [start, end] : null;
  }

  /** {start, end, blank} of what holds the unit at this offset. */
  #at(offset, unit) {
    const piece = this.#pieceAt(offset);
    const segments = (piece.segments[unit] ??= SEGMENTERS[unit].segment(this.#text.slice(piece.start, piece.end)));
    const { segment, index } = segments.containing(offset - piece.start);
    const start = piece.start + index;
    return { start, end: start + segment.length, blank: segment.trim() === "" };
  }

  #pieceAt(offset) {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#pieces[middle].start <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#pieces[low];
  }
}

/** Whether the line that holds the offset is read from right to left: its first letter decides, as on the page. */
export function isRightToLeft(text, offset) {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset + 200).match(/\p{L}/u)?.[0];
  return line !== undefined && /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(line);
}
