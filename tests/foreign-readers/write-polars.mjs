// Writes sample tables with the nodejs-polars package into a folder and prints one line a file, as write-arrow-js.mjs does.
// polars writes text and bytes as views, which our reader refuses.
import { join } from "node:path";
import polars from "nodejs-polars";

const pl = polars.default ?? polars;
const folder = process.argv[2];

const numbers = pl.DataFrame({
  i8: pl.Series("i8", [-128, null, 127], pl.Int8),
  i16: pl.Series("i16", [-32768, 0, null], pl.Int16),
  i32: pl.Series("i32", [null, -2147483648, 2147483647], pl.Int32),
  i64: pl.Series("i64", [-4503599627370497, null, 7], pl.Int64),
  f32: pl.Series("f32", [0.5, -0.25, null], pl.Float32),
  f64: pl.Series("f64", [0.1, null, -1e300], pl.Float64),
  bool: pl.Series("bool", [true, null, false], pl.Bool),
});
const rows = [
  [-128, -32768, null, "-4503599627370497", 0.5, 0.1, true],
  [null, 0, -2147483648, null, -0.25, null, null],
  [127, null, 2147483647, "7", null, -1e300, false],
];

function write(name, frame, stream, more) {
  const file = join(folder, name);
  if (stream) frame.writeIPCStream(file, { compression: "uncompressed" });
  else frame.writeIPC(file, { compression: "uncompressed" });
  process.stdout.write(JSON.stringify({ file, ...more }) + "\n");
}

write("polars.file.arrow", numbers, false, { rows });
write("polars.stream.arrow", numbers, true, { rows });
write("polars.text.arrow", pl.DataFrame({ s: ["a", "b"] }), false, { refused: "utf8 view" });
write("polars.list.arrow", pl.DataFrame({ l: [[1, 2], [3]] }), false, { refused: "large list" });
