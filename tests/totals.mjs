// Sums the result files of all suites into the one closing line. Usage: node totals.mjs RESULTS_FOLDER SOLUTION_OR_PROJECT
// Fails when a test project left no results: a test host that died must not look like a suite without tests.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const [folder, target] = process.argv.slice(2);

function filesBelow(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

const total = { passed: 0, failed: 0, skipped: 0 };
const seen = new Set();
for (const file of existsSync(folder) ? filesBelow(folder).filter((f) => f.endsWith('.trx')) : []) {
  const text = readFileSync(file, 'utf8');
  const counters = /<Counters ([^>]*)>/.exec(text)?.[1] ?? '';
  const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(counters)?.[1] ?? 0);
  const passed = count('passed');
  const failed = count('failed') + count('error') + count('timeout') + count('aborted');
  total.passed += passed;
  total.failed += failed;
  // The adapter writes a skipped test as neither executed nor failed.
  total.skipped += count('total') - passed - failed;
  const storage = /\bstorage="([^"]+)"/.exec(text)?.[1];
  if (storage) seen.add(basename(storage).replace(/\.dll$/i, '').toLowerCase());
  for (const m of text.matchAll(/<UnitTestResult [^>]*testName="([^"]*)"[^>]*outcome="NotExecuted"[\s\S]*?(?:<Message>([\s\S]*?)<\/Message>|<\/UnitTestResult>)/g)) {
    console.log(`skipped: ${m[1]}${m[2] ? ` (${m[2].trim()})` : ''}`);
  }
}

// The page's own suite (vitest) runs with the whole solution only.
const web = join(folder, 'web.json');
const silentWeb = target.endsWith('.sln') && !existsSync(web);
if (existsSync(web)) {
  const result = JSON.parse(readFileSync(web, 'utf8'));
  total.passed += result.numPassedTests;
  total.failed += result.numFailedTests;
  total.skipped += result.numPendingTests + result.numTodoTests;
}

const expected = target.endsWith('.sln')
  ? [...readFileSync(target, 'utf8').matchAll(/"([^"]+)\.csproj"/g)]
      .map((m) => basename(m[1].replaceAll('\\', '/')))
      .filter((name) => name.endsWith('.Tests') || name === 'EndToEnd')
  : [basename(target)];
const silent = [...(silentWeb ? ['replay/web'] : []), ...expected.filter((name) => !seen.has(name.toLowerCase()))];
for (const name of silent) {
  console.log(`no results: ${name} (no test ran, or its host died)`);
  total.failed += 1;
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
