// The library that drags cards; it comes when a mouse first reaches a board.
import "./app.js";
export { default } from "sortablejs";
