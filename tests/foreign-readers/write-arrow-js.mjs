// Writes sample tables with the apache-arrow package into a folder, as file and as stream, and prints one line a file:
// its path and either the rows that it holds (as lossless.mjs prints them) or "refused": what our reader should not take.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as arrow from "apache-arrow";

const folder = process.argv[2];
const field = (name, type, nullable = true) => new arrow.Field(name, type, nullable);
const text = (v) => (v === null ? null : v.toString());

// name: [type, values, what the values are in JSON]
const columns = {
  i8: [new arrow.Int8(), [-128, null, 127]],
  i16: [new arrow.Int16(), [-32768, 0, null]],
  i32: [new arrow.Int32(), [null, -2147483648, 2147483647]],
  i64: [new arrow.Int64(), [-9223372036854775808n, null, 9223372036854775807n], text],
  f32: [new arrow.Float32(), [0.5, -0.25, null]],
  f64: [new arrow.Float64(), [0.1, null, -1e300]],
  bool: [new arrow.Bool(), [true, null, false]],
  utf8: [new arrow.Utf8(), ["", "ü€😀", null]],
  binary: [new arrow.Binary(), [Uint8Array.of(0, 255), null, Uint8Array.of()],
    (v) => v && { base64: Buffer.from(v).toString("base64") }],
  list: [new arrow.List(field("item", new arrow.Int32())), [[1, null, 3], null, []]],
  fixed: [new arrow.FixedSizeList(2, field("item", new arrow.Float64())), [[1, 2], [3, 4], null]],
  struct: [new arrow.Struct([field("x", new arrow.Float64()), field("s", new arrow.Utf8())]), [{ x: 1, s: "a" }, { x: null, s: "b" }, null]],
};

function table(which) {
  const vectors = Object.fromEntries(which.map((name) => [name, arrow.vectorFromArray(columns[name][1], columns[name][0])]));
  const plain = new arrow.Table(vectors);
  const fields = plain.schema.fields.map((f) => new arrow.Field(f.name, f.type, true, new Map([["unit", "m"]])));
  return new arrow.Table(new arrow.Schema(fields, new Map([["writer", "apache-arrow"]])), plain.batches);
}

function write(name, content, more) {
  const file = join(folder, name);
  writeFileSync(file, content);
  process.stdout.write(JSON.stringify({ file, ...more }) + "\n");
}

const names = Object.keys(columns);
const rows = [0, 1, 2].map((row) => names.map((name) => (columns[name][2] ?? ((v) => v))(columns[name][1][row])));
for (const format of ["file", "stream"]) {
  write(`js.${format}.arrow`, arrow.tableToIPC(table(names), format), { rows });
}

const refused = {
  dictionary: arrow.vectorFromArray(["a", "b", "a"]),
  unsigned: arrow.vectorFromArray([1, 2], new arrow.Uint32()),
  timestamp: arrow.vectorFromArray([1, 2], new arrow.TimestampNanosecond()),
  "half-precision": arrow.vectorFromArray([1, 2], new arrow.Float16()),
  date: arrow.vectorFromArray([new Date(0)], new arrow.DateDay()),
  null: arrow.vectorFromArray([null, null], new arrow.Null()),
};
for (const [word, vector] of Object.entries(refused)) {
  write(`js.${word}.arrow`, arrow.tableToIPC(new arrow.Table({ odd: vector }), "file"), { refused: word });
}
