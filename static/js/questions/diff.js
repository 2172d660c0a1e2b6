// What changed between two texts, word by word.

const WORDS = /\s+|[\p{L}\p{M}\p{N}_'’]+|[^\s\p{L}\p{M}\p{N}_]/gu;
// The table below has this many cells at most: some ten milliseconds. Beyond that the middle is shown as replaced.
const MOST_CELLS = 4_000_000;

/** [["same" | "added" | "removed", text]…]; the same and added parts make up `after`. */
export function wordDiff(before, after) {
  const [old, now] = [before.match(WORDS) ?? [], after.match(WORDS) ?? []];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return joined([
    ...old.slice(0, head).map((word) => ["same", word]),
    ...middle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...(tail ? old.slice(-tail) : []).map((word) => ["same", word]),
  ]);
}

/** By the longest common subsequence (Wagner and Fischer 1974). */
function middle(old, now) {
  const replaced = [...old.map((word) => ["removed", word]), ...now.map((word) => ["added", word])];
  if (!old.length || !now.length || (old.length + 1) * (now.length + 1) > MOST_CELLS) return replaced;
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const at = i * width + j;
      common[at] = old[i] === now[j] ? common[at + width + 1] + 1 : Math.max(common[at + width], common[at + 1]);
    }
  }
  const parts = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const at = i * width + j;
    if (i < old.length && j < now.length && old[i] === now[j]) {
      parts.push(["same", old[i++]]);
      j++;
    } else if (j === now.length || (i < old.length && common[at + width] >= common[at + 1])) {
      parts.push(["removed", old[i++]]);
    } else {
      parts.push(["added", now[j++]]);
    }
  }
  return parts;
}

/** Neighbours of one kind become one part. */
function joined(parts) {
  const runs = [];
  for (const [kind, text] of parts) {
    if (runs.at(-1)?.[0] === kind) runs.at(-1)[1] += text;
    else runs.push([kind, text]);
  }
  return runs;
}
