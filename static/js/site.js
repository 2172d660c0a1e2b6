// What every page has; each module finds what it is for by itself.
import "./theme-toggle.js";
import "./menus.js";
import "./toasts.js";
import "./confirm.js";
import "./copy.js";
import "./faults.js";
import "./polling.js";
import "./tabs.js";
