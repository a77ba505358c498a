// What only a form with a line table needs.
import "./app.js";

export { Lines } from "./lines.js";
export { Rows, stepper } from "./rows.js";
