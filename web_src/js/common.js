// What every page has. Whatever comes later (form, board, charts …) names it too, so that the bundler puts all of it into
// one file, instead of one for each way in which the modules happen to be shared: a page fetches two scripts, not eight.
import "htmx.org";
import "./counts.js";
import "./lists.js";
import "./overlays.js";
import "./page.js";
import "./panes.js";
import "./record.js";
import "./texts.js";
