// Reads Arrow files with the nodejs-polars package; see lossless.mjs for how values are printed.
// This binding turns 64-bit integers into doubles and cannot hand out bytes, so both are cast inside polars first:
// integers to text, top-level binary columns to lists of uint8. Bytes nested in other columns it cannot name at all.
// It exposes no metadata, and neither nullability.
import { readFileSync } from "node:fs";
import polars from "nodejs-polars";
import { bytes, main, number } from "./lossless.mjs";

const pl = polars.default ?? polars;
const { version } = JSON.parse(readFileSync(new URL("node_modules/nodejs-polars/package.json", import.meta.url), "utf8"));

// The binding's own JSON of a type: {"DataType": "Int64"} or {"DataType": {"List": {...}}}.
const plain = (dtype) => JSON.parse(JSON.stringify(dtype)).DataType;

function describe(type) {
  if (typeof type === "string") return type;
  if (type.List) return `List<${describe(type.List.DataType)}>`;
  if (type.FixedSizeList) return `FixedSizeList[${type.FixedSizeList.size}]<${describe(type.FixedSizeList.type.DataType)}>`;
  if (type.Struct) return `Struct<{${type.Struct.map((f) => `${f.name}:${describe(f.dtype.DataType)}`).join(", ")}}>`;
  throw new Error(`no lossless form for ${JSON.stringify(type)}`);
}

// The type to collect: the same with Int64 as text.
function collected(type) {
  if (type === "Int64") return pl.Utf8;
  if (typeof type === "string") return pl[type] ?? pl.DataType[type];
  if (type.List) return pl.List(collected(type.List.DataType));
  if (type.FixedSizeList) return pl.FixedSizeList(collected(type.FixedSizeList.type.DataType), type.FixedSizeList.size);
  return pl.Struct(type.Struct.map((f) => pl.Field(f.name, collected(f.dtype.DataType))));
}

function value(v, type) {
  if (v === null || v === undefined) return null;
  if (type === "Float32" || type === "Float64") return number(v);
  if (typeof type === "string") return v;
  const item = (type.List ?? type.FixedSizeList?.type)?.DataType;
  if (item) return Array.from(v, (x) => value(x, item));
  return Object.fromEntries(type.Struct.map((f) => [f.name, value(v[f.name], f.dtype.DataType)]));
}

function column(series) {
  let type;
  try {
    type = plain(series.dtype);
  } catch {
    type = undefined;
  }
  const indices = Array.from({ length: series.length }, (_, i) => i);
  if (type === undefined) {
    const list = series.cast(pl.List(pl.UInt8));
    const at = (i) => list.getIndex(i);
    return { type: "Binary", values: indices.map((i) => (at(i) === null ? null : bytes(Uint8Array.from(at(i))))) };
  }
  const name = describe(type);
  const text = name.includes("Int64") ? series.cast(collected(type)) : series;
  return { type: name, values: indices.map((i) => value(text.getIndex(i), type)) };
}

main(`nodejs-polars ${version}`, (file) => {
  const content = readFileSync(file);
  const isFile = content.subarray(0, 6).toString("latin1") === "ARROW1";
  const frame = isFile ? pl.readIPC(content) : pl.readIPCStream(content);
  const names = frame.columns;
  const columns = names.map((name) => column(frame.getColumn(name)));
  return {
    fields: columns.map((c, i) => ({ name: names[i], type: c.type })),
    rows: Array.from({ length: frame.height }, (_, row) => columns.map((c) => c.values[row])),
  };
});
