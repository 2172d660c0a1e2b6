// The page of one item: its neighbours by key, and the conversation about it.
import "./comments.js";
import "./explorer.js";
