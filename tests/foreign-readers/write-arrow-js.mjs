// Writes sample tables with the apache-arrow package into a folder, as file and as stream, and prints one line a file:
// its path and the rows that it holds, as `capture dump` prints values.
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
    (v) => v && Buffer.from(v).toString("base64")],
  list: [new arrow.List(field("item", new arrow.Int32())), [[1, null, 3], null, []]],
  fixed: [new arrow.FixedSizeList(2, field("item", new arrow.Float64())), [[1, 2], [3, 4], null]],
  struct: [new arrow.Struct([field("x", new arrow.Float64()), field("s", new arrow.Utf8())]), [{ x: 1, s: "a" }, { x: null, s: "b" }, null]],
  u8: [new arrow.Uint8(), [0, null, 255]],
  u16: [new arrow.Uint16(), [65535, null, 1]],
  u32: [new arrow.Uint32(), [null, 4294967295, 0]],
  u64: [new arrow.Uint64(), [18446744073709551615n, null, 1n], text],
  f16: [new arrow.Float16(), [0.5, null, -2]],
  nothing: [new arrow.Null(), [null, null, null]],
  day: [new arrow.DateDay(), [new Date(0), null, new Date(86400000 * 20000)], (v) => v && v.getTime() / 86400000],
  ms: [new arrow.DateMillisecond(), [new Date(0), null, new Date(86400000 * 20000)], (v) => v && String(v.getTime())],
  time_ms: [new arrow.TimeMillisecond(), [0, null, 86399999]],
  time_ns: [new arrow.TimeNanosecond(), [0n, null, 86399999999999n], text],
  stamp: [new arrow.TimestampMillisecond("UTC"), [0, null, 1700000000123], (v) => v === null ? null : String(v)],
  duration: [new arrow.DurationNanosecond(), [5n, null, -7n], text],
  decimal: [new arrow.Decimal(2, 20, 128), [Uint32Array.of(12345, 0, 0, 0), null, Uint32Array.of(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)],
    (v) => v && (v[0] === 12345 ? "123.45" : "-0.01")],
  five: [new arrow.FixedSizeBinary(2), [Uint8Array.of(1, 2), null, Uint8Array.of(3, 4)], (v) => v && Buffer.from(v).toString("base64")],
  large: [new arrow.LargeUtf8(), ["a", null, "ü€😀"]],
  word: [new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), ["a", null, "b"]],
  map: [new arrow.Map_(field("entries", new arrow.Struct([field("key", new arrow.Utf8(), false), field("value", new arrow.Int32())]), false)),
    [new Map([["a", 1], ["b", null]]), null, new Map()], (v) => v && [...v]],
};

function table(which) {
  const vectors = Object.fromEntries(which.map((name) => [name, arrow.vectorFromArray(columns[name][1], columns[name][0])]));
  const plain = new arrow.Table(vectors);
  const fields = plain.schema.fields.map((f) => new arrow.Field(f.name, f.type, f.nullable, new Map([["unit", "m"]])));
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

// A file without any batch: its first message is the end of the stream.
write("js.empty.arrow", arrow.tableToIPC(new arrow.Table(table(["i8"]).schema), "file"), { rows: [] });
