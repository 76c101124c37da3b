// The other contestant: joins a table with three others by polars' join_asof, one thread, outputs materialised. Tables are Arrow files in the folder named on the command line; each line on standard
// input is a strategy, each answer {ns, cpu_us, sum}: the time of the three joins, by the clock and of the processor, and a sum over what they gave.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [folder, packages] = process.argv.slice(2);
const polars = createRequire(join(packages, "package.json"))("nodejs-polars");
const pl = polars.default ?? polars;
const read = (name) => pl.readIPC(readFileSync(join(folder, name + ".arrow")));
const left = read("left");
const rights = ["r30", "r120", "r500"].map(read);

for await (const strategy of createInterface({ input: process.stdin })) {
  const cpu = process.cpuUsage();
  const begin = process.hrtime.bigint();
  const joined = rights.map((right) => left.joinAsof(right, { on: "t", strategy }));
  const ns = process.hrtime.bigint() - begin;
  const used = process.cpuUsage(cpu);
  const sum = joined.reduce((s, frame) => s + frame.getColumn("value").sum(), 0);
  process.stdout.write(JSON.stringify({ ns: Number(ns), cpu_us: used.user + used.system, sum }) + "\n");
}
