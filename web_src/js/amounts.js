// Numbers and phone numbers as they read best: their digits in groups once the field is left, plain under the hand; shares
// with their sign.
const NUMBER = /^[+-]?(?:\d+|\d{1,3}(?:([,\s])\d{3})(?:\1\d{3})*)(?:\.\d*)?$|^[+-]?\.\d+$/;
const MOBILE = /^(1[3-9]\d)(\d{4})(\d{4})$/;
const bare = (text) => text.replace(/[\s-]/g, "");

/** "1234.5" -> "1,234.5" */
export const grouped = (text) => text.replace(/^(-?\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+(?!\d))/g, ","));

/** The text of an amount in groups, with all decimals where the field shows them: "￥1 234" -> "1,234.00". What the server
 * would have a word to say about stays as it was typed. */
function amountText(text, { group, currency }) {
  let given = text.trim();
  if (currency === "CNY") given = given.replace(/^([+-]?)\s*(?:[¥￥]|CNY)\s*/, "$1").replace(/\s*(?:元|CNY)$/, "");
  if (!NUMBER.test(given)) return text;
  const [whole, part = ""] = given.replace(/[,\s+]/g, "").split(".");
  const digits = whole.replace(/^(-?)0+(?=\d)/, "$1").replace(/^-?$/, "$&0");
  const decimals = part.padEnd(Number(group), "0");
  return grouped(digits) + (decimals ? `.${decimals}` : "");
}

/** The text of a share with its sign, which the numeric keys of a phone don't have: "15" -> "15%", "0.15" -> "15%". Who typed it
 * sees at once what it was taken for. */
function shareText(text) {
  const given = text.trim().replace(/[,\s]/g, "");
  if (!/^\d+(\.\d*)?$|^\.\d+$/.test(given)) return text;
  const [whole, part = ""] = given.split(".");
  if (Number(whole)) return `${whole.replace(/^0+/, "")}${part ? `.${part}` : ""}%`;
  const digits = part.padEnd(2, "0");
  return `${Number(digits.slice(0, 2))}${digits.length > 2 ? `.${digits.slice(2)}` : ""}%`;
}

/** How a control shows a text when it isn't being typed into. */
export function restingText(control, text) {
  const { group, mask, share } = control.dataset;
  if (share !== undefined) return shareText(text);
  if (mask === "phone") return bare(text).replace(MOBILE, "$1 $2 $3");
  return group === undefined ? text : amountText(text, control.dataset);
}

/** The text of a control without what only parts its groups. */
export const plainText = (control) => (control.dataset.mask && MOBILE.test(bare(control.value)) ? bare(control.value) : control.value);

function rest(control) {
  const text = restingText(control, control.value);
  if (text === control.value) return;
  control.value = text;
  if (control.dataset.share !== undefined) control.dispatchEvent(new Event("input", { bubbles: true })); // its value is another
}

/** Before the first key changes it, an amount loses its commas; the caret stays between the same digits. */
function free(event) {
  const control = event.target;
  if (control.dataset?.group === undefined || !control.value.includes(",") || event.isComposing || event.inputType.startsWith("history")) return;
  const before = (at) => control.value.slice(0, at).replace(/,/g, "").length;
  const [from, to] = [before(control.selectionStart), before(control.selectionEnd)];
  control.value = control.value.replace(/,/g, "");
  control.setSelectionRange(from, to);
}

export function startAmounts(form) {
  for (const control of form.querySelectorAll("input[data-group], input[data-mask]")) rest(control);
  form.addEventListener("beforeinput", free);
  form.addEventListener("focusout", ({ target }) => { if (target.matches("input[data-group], input[data-mask], input[data-share]")) rest(target); });
  form.addEventListener("keydown", ({ target, key }) => { if (key === "Enter" && target.matches("input[data-share]")) rest(target); }, true);
}
