// A record that is made in a window of its own for a picker: that window tells which it is, and closes.
import "./app.js";

const channel = () => new BroadcastChannel("fl-made");

/** Open a form for a new record; `done` gets its id and title once it is saved. */
export function make(href, done) {
  const token = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  const address = new URL(href, location.href);
  address.searchParams.set("back", `${address.pathname.replace(/\/new$/, "")}/{id}?made=${token}`);
  const told = channel();
  told.onmessage = ({ data }) => {
    if (data.token !== token) return;
    told.close();
    done(data);
  };
  window.open(address, "_blank");
}

/** In that window, once the record is there. */
export function tell(token) {
  const id = location.pathname.match(/^\/f\/[^/]+\/(\d+)$/)?.[1];
  if (!id || !document.getElementById("below")) return;
  channel().postMessage({ token, id, title: document.querySelector("h1").textContent.trim() });
  window.close();
}
