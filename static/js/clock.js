// How long somebody has worked on the card: not while the page is hidden or paused, nor while nothing stirs.

const IDLE_MS = 5 * 60_000;
const LOOK_MS = 10_000;
const SIGNS_OF_LIFE = ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchstart", "input"];

let since = 0;
let spent = 0;
let running = false;
let stirred = 0;

/** Begin anew, for a new card. */
export function startClock() {
  spent = 0;
  stirred = performance.now();
  running = false;
  resumeClock();
}

export function resumeClock() {
  if (running || document.hidden) return;
  running = true;
  since = stirred = performance.now();
}

/** Stop; what passed since the last sign of life counts only where somebody says that they stop. */
export function stopClock({ idle = false } = {}) {
  if (!running) return;
  spent += (idle ? stirred : performance.now()) - since;
  running = false;
}

export const secondsSpent = () => (spent + (running ? performance.now() - since : 0)) / 1000;

/** Call `idle` when nobody has touched anything for a while. */
export function watchIdling(idle) {
  for (const sign of SIGNS_OF_LIFE) document.addEventListener(sign, () => (stirred = performance.now()), { passive: true, capture: true });
  setInterval(() => running && performance.now() - stirred > IDLE_MS && idle(), LOOK_MS);
}
