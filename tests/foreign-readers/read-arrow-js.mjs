// Reads Arrow files and streams with the apache-arrow package; see lossless.mjs for how values are printed.
import { readFileSync } from "node:fs";

import { DataType, tableFromIPC } from "apache-arrow";
import { bytes, main, number } from "./lossless.mjs";

const { version } = JSON.parse(readFileSync(new URL("node_modules/apache-arrow/package.json", import.meta.url), "utf8"));

const pairs = (map) => [...map].map(([key, value]) => ({ key, value }));

const field = (f) => ({
  name: f.name,
  type: String(f.type),
  nullable: f.nullable,
  metadata: pairs(f.metadata),
  children: (f.type.children ?? []).map(field),
});

function value(v, type) {
  if (v === null || v === undefined) return null;
  if (DataType.isInt(type)) return type.bitWidth === 64 ? v.toString() : v;
  if (DataType.isFloat(type)) return number(v);
  if (DataType.isBool(type) || DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return v;
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) return bytes(v);
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    const item = type.children[0].type;
    return Array.from({ length: v.length }, (_, i) => value(v.get(i), item));
  }
  if (DataType.isStruct(type)) {
    return Object.fromEntries(type.children.map((child) => [child.name, value(v[child.name], child.type)]));
  }
  throw new Error(`no lossless form for ${type}`);
}

main(`apache-arrow ${version}`, (file) => {
  const table = tableFromIPC(readFileSync(file));
  const rows = [];
  const columns = table.schema.fields.map((f, i) => ({ f, vector: table.getChildAt(i) }));
  for (let row = 0; row < table.numRows; row++) {
    rows.push(columns.map(({ f, vector }) => value(vector.get(row), f.type)));
  }
  return {
    metadata: pairs(table.schema.metadata),
    fields: table.schema.fields.map(field),
    batches: table.batches.map((batch) => batch.numRows),
    rows,
  };
});
