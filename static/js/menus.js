// Menus are <details>: they open without script; this closes them on a click elsewhere and on Escape. When the focus leaves
// a menu or a popover it closes: it would lie over what has the focus, and keep the keys from the page.
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  const left = target.closest("details.menu[open], :popover-open");
  // To nothing where the window loses the focus; a dialog that asks gives it back.
  if (!left || !relatedTarget || left.contains(relatedTarget) || relatedTarget.closest("dialog[open]")) return;
  // Its own button closes it when it is pressed.
  if (left.id && relatedTarget.getAttribute("popovertarget") === left.id) return;
  if (left.matches(".menu")) left.open = false;
  else left.hidePopover();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
