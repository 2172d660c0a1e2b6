// JavaScript counts UTF-16 units, the server counts Unicode code points. Only here does one become the other.

/** Offsets in one text, both ways. Built once per text; a conversion is a binary search among its surrogate pairs. */
export class CodePoints {
  #pairs = [];

  constructor(text) {
    for (let unit = 0; unit + 1 < text.length; unit++) {
      if ((text.charCodeAt(unit) & 0xfc00) !== 0xd800 || (text.charCodeAt(unit + 1) & 0xfc00) !== 0xdc00) continue;
      this.#pairs.push(unit);
      unit += 1;
    }
    this.length = text.length - this.#pairs.length;
  }

  /** The code point that begins at this unit; inside a pair, the pair's own. */
  toPoint(unit) {
    return unit - this.#count((pair) => pair < unit);
  }

  toUnit(point) {
    return point + this.#count((pair, before) => pair - before < point);
  }

  /** How many pairs come first for which this holds. */
  #count(holds) {
    let low = 0;
    let high = this.#pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.#pairs[middle], middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
