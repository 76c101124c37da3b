// Answers as-of joins with the nodejs-polars package: each file is JSON [{left, right, strategy, tolerance?}], each answer {rows: [[row of right or null]]}.
import { readFileSync } from "node:fs";
import polars from "nodejs-polars";
import { main } from "./lossless.mjs";

const pl = polars.default ?? polars;
const { version } = JSON.parse(readFileSync(new URL("node_modules/nodejs-polars/package.json", import.meta.url), "utf8"));
const times = (t) => pl.Series("t", t, pl.Int64);

main(`nodejs-polars ${version}`, (file) => ({
  rows: JSON.parse(readFileSync(file, "utf8")).map(({ left, right, strategy, tolerance }) => {
    const samples = pl.DataFrame({ t: times(right), row: pl.Series("row", right.map((_, i) => i), pl.Int32) });
    const options = tolerance === undefined ? { on: "t", strategy } : { on: "t", strategy, tolerance };
    return pl.DataFrame({ t: times(left) }).joinAsof(samples, options).getColumn("row").toArray();
  }),
}));
