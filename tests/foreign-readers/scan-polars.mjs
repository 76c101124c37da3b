// Sums one column of an Arrow file with nodejs-polars, as often as a line comes in; prints rows and milliseconds of each pass.
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
    const start = process.hrtime.bigint();
    const sum = ways[way]();
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    console.log(JSON.stringify({ way, sum: String(sum), ms }));
  } catch (e) {
    console.log(JSON.stringify({ way, error: String(e) }));
  }
}
