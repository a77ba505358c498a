// Addresses as the page holds them ({ province: "江苏省", city: "苏州市" }) and as the one text that is typed and that formulas
// read, its parts apart by a wide space.
const GAP = "\u2003";
export const PARTS = ["province", "city", "district", "street", "postcode"];

/** The parts of a text, "" for each that lacks. A text without a gap is a street. */
export function addressParts(text) {
  const parts = text.includes(GAP) ? text.split(GAP) : ["", "", "", text];
  return PARTS.map((_, at) => (parts[at] ?? "").trim());
}

/** The parts that are there, by name. */
export function readAddress(text) {
  return Object.fromEntries(addressParts(text).map((part, at) => [PARTS[at], part]).filter(([, part]) => part));
}

/** The text of parts by name. */
export const addressText = (value) => joined(PARTS.map((name) => value[name] ?? ""));

/** The text of parts in their order: nothing after the last that is there, but one gap at least. */
export function joined(parts) {
  const kept = [...parts];
  while (kept.length && !kept[kept.length - 1]) kept.pop();
  return kept.length === 1 ? kept[0] + GAP : kept.join(GAP);
}
