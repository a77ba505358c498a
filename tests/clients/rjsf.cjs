// Render JSON Schemas as forms with @rjsf/core, on the server: node rjsf.cjs FOLDER < ["lead.json", …] -> one JSON line a file.
const fs = require("node:fs");
const path = require("node:path");
const React = require("react");
const { renderToStaticMarkup } = require("react-dom/server");
const Form = require("@rjsf/core").default;
const { customizeValidator } = require("@rjsf/validator-ajv8");
const Ajv2020 = require("ajv/dist/2020");

const said = [];
for (const level of ["error", "warn"]) console[level] = (...words) => said.push(words.map(String).join(" ").slice(0, 300));

const folder = process.argv[2];
for (const name of JSON.parse(fs.readFileSync(0, "utf8"))) {
  said.length = 0;
  const schema = JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  const validator = customizeValidator({ AjvClass: Ajv2020, ajvOptionsOverrides: { strict: false } });
  const html = renderToStaticMarkup(React.createElement(Form, { schema, validator }));
  const labels = [...html.matchAll(/<(?:label|legend)[^>]*>(.*?)<\/(?:label|legend)>/gs)].map((found) => found[1].replace(/<[^>]*>/g, "").replace(/\*$/, "").trim());
  const inputs = (html.match(/<(?:input|select|textarea)\b/g) ?? []).length;
  const errors = validator.validateFormData({}, schema).errors.map((error) => error.property);
  process.stdout.write(`${JSON.stringify({ name, inputs, labels, errors, unsupported: /Unsupported field schema|Unknown field type/.test(html), said })}\n`);
}
