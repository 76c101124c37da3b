// Writes sample tables with the nodejs-polars package into a folder and prints one line a file, as write-arrow-js.mjs does.
// polars writes text and bytes as views or with 64-bit offsets, lists with 64-bit offsets, categories as dictionaries.
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

function write(name, frame, stream, compression, more) {
  const file = join(folder, name);
  if (stream) frame.writeIPCStream(file, { compression });
  else frame.writeIPC(file, { compression });
  process.stdout.write(JSON.stringify({ file, ...more }) + "\n");
}

const others = pl.DataFrame({
  text: pl.Series("text", ["a", null, "a text that is too long for a view"], pl.Utf8),
  list: pl.Series("list", [[1, 2], [], [3]], pl.List(pl.Int64)),
  u8: pl.Series("u8", [0, null, 255], pl.UInt8),
  u64: pl.Series("u64", [1n, null, 4503599627370497n], pl.UInt64),
  when: pl.Series("when", [new Date(0), null, new Date(1700000000123)]),
  word: pl.Series("word", ["x", "y", "x"], pl.Utf8).cast(pl.Categorical),
});
const otherRows = [
  ["a", ["1", "2"], 0, "1", "0", "x"],
  [null, [], null, null, null, "y"],
  ["a text that is too long for a view", ["3"], 255, "4503599627370497", "1700000000123", "x"],
];

for (const compression of ["uncompressed", "lz4", "zstd"]) {
  write(`polars.${compression}.file.arrow`, numbers, false, compression, { rows });
  write(`polars.${compression}.stream.arrow`, numbers, true, compression, { rows });
  write(`polars.others.${compression}.file.arrow`, others, false, compression, { rows: otherRows });
  write(`polars.others.${compression}.stream.arrow`, others, true, compression, { rows: otherRows });
}
