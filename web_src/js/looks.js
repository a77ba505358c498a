// Theme and density change where one is, without the page coming again.
import "./app.js";

export function change(form, { name, value, parentElement }) {
  document.documentElement.dataset[name === "theme" ? "bsTheme" : name] = value;
  for (const one of parentElement.children) one.setAttribute("aria-pressed", String(one.value === value));
  fetch(form.action, { method: "POST", body: new URLSearchParams({ [name]: value }), redirect: "manual" }).catch(() => {});
  document.dispatchEvent(new CustomEvent("fl:theme"));
}
