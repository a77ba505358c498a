// Ask yaml-language-server what an editor would show: node editor.cjs SCHEMA FILE LINE:COLUMN … (both from 0)
// -> {"completions": [[label, …] for each place], "diagnostics": [[line from 1, message], …]}
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const [schema, file, ...places] = process.argv.slice(2);
const address = (name) => pathToFileURL(path.resolve(name)).href;
const settings = { validate: true, completion: true, hover: true, schemas: { [address(schema)]: ["*.yaml"] }, schemaStore: { enable: false } };
const server = spawn(process.execPath, [path.join(__dirname, "node_modules/yaml-language-server/bin/yaml-language-server"), "--stdio"]);
const waiting = new Map();
let number = 0;
let seen = Buffer.alloc(0);
let diagnosed;
const diagnostics = new Promise((done) => { diagnosed = done; });

function send(message) {
  const text = JSON.stringify({ jsonrpc: "2.0", ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

const ask = (method, params) => new Promise((done) => {
  number += 1;
  waiting.set(number, done);
  send({ id: number, method, params });
});

function receive(message) {
  if (message.method && message.id !== undefined) { // the server asks for its settings
    const answer = message.method === "workspace/configuration" ? message.params.items.map((one) => (one.section === "yaml" ? settings : {})) : null;
    send({ id: message.id, result: answer });
  } else if (message.id !== undefined) waiting.get(message.id)?.(message.result);
  else if (message.method === "textDocument/publishDiagnostics") diagnosed(message.params.diagnostics);
}

server.stdout.on("data", (data) => {
  seen = Buffer.concat([seen, data]);
  for (;;) {
    const end = seen.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(seen.subarray(0, end).toString())[1]);
    if (seen.length < end + 4 + length) return;
    receive(JSON.parse(seen.subarray(end + 4, end + 4 + length)));
    seen = seen.subarray(end + 4 + length);
  }
});

(async () => {
  const uri = address(file);
  const text = fs.readFileSync(file, "utf8");
  await ask("initialize", { processId: process.pid, rootUri: null, capabilities: { workspace: { configuration: true }, textDocument: { completion: { completionItem: { snippetSupport: true } } } }, workspaceFolders: null });
  send({ method: "initialized", params: {} });
  send({ method: "workspace/didChangeConfiguration", params: { settings: { yaml: settings } } });
  send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
  const found = await diagnostics; // the schema is loaded when these come
  const completions = [];
  for (const place of places) {
    const [line, character] = place.split(":").map(Number);
    const offered = await ask("textDocument/completion", { textDocument: { uri }, position: { line, character } });
    completions.push((offered?.items ?? offered ?? []).map((one) => one.label));
  }
  process.stdout.write(JSON.stringify({
    completions,
    diagnostics: found.map((one) => [one.range.start.line + 1, one.message]),
  }));
  server.kill();
  process.exit(0);
})();
