import { tableFromIPC, type Table, type Vector } from 'apache-arrow';

export type { Table } from 'apache-arrow';

/** Decodes an Arrow IPC stream or file. The error says which request's bytes they were. */
export function decodeTable(bytes: Uint8Array, where: string): Table {
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    throw new Error(`${where}: the answer is not Arrow (${(error as Error).message}).`);
  }
}

export function hasColumn(table: Table, name: string): boolean {
  return table.schema.fields.some((field) => field.name === name);
}

/** The column as doubles; nulls become NaN. An int64 beyond ±2^53 is an error: it would be rounded. */
export function numbers(table: Table, name: string): Float64Array {
  const vector = table.getChild(name);
  if (!vector) throw new Error(`The answer has no column "${name}".`);
  const out = new Float64Array(vector.length);
  let at = 0;
  for (const data of vector.data) {
    const values = data.values as ArrayLike<number> | BigInt64Array | undefined;
    const plain = values && data.nullCount === 0 && !isHalf(values);
    if (plain && values instanceof BigInt64Array) {
      for (let i = 0; i < data.length; i++) out[at++] = exact(values[i]!, name);
    } else if (plain && values instanceof Float64Array) {
      out.set(values.subarray(0, data.length), at);
      at += data.length;
    } else {
      at = slow(vector, at, data.length, out, name);
    }
  }
  return out;
}

/** The column as truth values; nulls become false. */
export function booleans(table: Table, name: string): boolean[] {
  const vector = table.getChild(name);
  if (!vector) throw new Error(`The answer has no column "${name}".`);
  return Array.from({ length: vector.length }, (_, i) => vector.get(i) === true);
}

function slow(vector: Vector, at: number, count: number, out: Float64Array, name: string): number {
  for (let i = 0; i < count; i++, at++) {
    const value: unknown = vector.get(at);
    out[at] = value === null ? NaN : typeof value === 'bigint' ? exact(value, name) : Number(value);
  }
  return at;
}

function exact(value: bigint, name: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Error(`Column "${name}" holds ${value}, which a number of this page cannot hold exactly.`);
  return number;
}

function isHalf(values: unknown): boolean {
  return values instanceof Uint16Array;
}
