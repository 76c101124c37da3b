// Sums one column of an Arrow file with nodejs-polars, as often as a line comes in; prints the sum and the milliseconds of each pass, by the wall clock and of processor time.
// Two ways, and the caller takes the faster: the whole frame, and a lazy scan that reads the column alone.
import { createInterface } from "node:readline";
import polars from "nodejs-polars";

const pl = polars.default ?? polars;
const [file, column] = process.argv.slice(2);

const ways = {
  frame: () => pl.readIPC(file, { columns: [column] }).getColumn(column).sum(),
  scan: () => pl.scanIPC(file).select(pl.col(column).sum()).collectSync().getColumn(column).get(0),
};

for await (const way of createInterface({ input: process.stdin })) {
  try {
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    const sum = ways[way]();
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ way, sum: String(sum), ms, cpuMs: (user + system) / 1e3 }));
  } catch (e) {
    console.log(JSON.stringify({ way, error: String(e) }));
  }
}
