// A quick swipe across the card by one finger: to the right and to the left. What may be meant for the browser, for a
// text that is being marked or for anything that moves sideways itself is left alone.

const FAR = 90; // pixels
const FLAT = 3; // times as far sideways as up or down
const QUICK_MS = 500;
const EDGE = 28; // where browsers go back and forth
const OWN_SWIPES = "input, textarea, select, summary, [contenteditable], [data-ranking], [data-spans-frame]";

/** Call `right` or `left` after a swipe inside the element that `inside()` gives. */
export function watchSwipes(inside, { right, left }) {
  let start = null;
  document.addEventListener("touchstart", (event) => (start = beginOf(event, inside())), { passive: true });
  document.addEventListener("touchcancel", () => (start = null), { passive: true });
  document.addEventListener(
    "touchend",
    (event) => {
      const { clientX, clientY } = event.changedTouches[0];
      const begun = start;
      start = null;
      if (!begun || event.touches.length || event.timeStamp - begun.at > QUICK_MS || !getSelection().isCollapsed) return;
      const [across, along] = [clientX - begun.x, Math.abs(clientY - begun.y)];
      // The page was scrolled: then it was no swipe, however flat.
      if (Math.abs(across) < FAR || Math.abs(across) < FLAT * along || Math.abs(scrollY - begun.scrolled) > 2) return;
      (across > 0 ? right : left)();
    },
    { passive: true },
  );
}

function beginOf(event, area) {
  const { clientX: x, clientY: y } = event.changedTouches[0];
  const ours = event.touches.length === 1 && area?.contains(event.target) && !event.target.closest(OWN_SWIPES);
  if (!ours || x < EDGE || x > innerWidth - EDGE || scrollsSideways(event.target, area)) return null;
  return { x, y, at: event.timeStamp, scrolled: scrollY };
}

function scrollsSideways(element, area) {
  for (let each = element; each && each !== area; each = each.parentElement) {
    if (each.scrollWidth > each.clientWidth && /auto|scroll/.test(getComputedStyle(each).overflowX)) return true;
  }
  return false;
}
