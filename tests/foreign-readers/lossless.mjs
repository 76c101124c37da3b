// Values as JSON that loses nothing: 64-bit integers as text, what JSON has no number for as text, bytes as base64
// (longer than 1024: length and SHA-256).
import { createHash } from "node:crypto";

const INLINE_BYTES = 1024;

export function number(value) {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return Object.is(value, -0) ? "-0" : String(value);
}

export function bytes(value) {
  const buffer = Buffer.from(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength);
  return buffer.length <= INLINE_BYTES
    ? { base64: buffer.toString("base64") }
    : { length: buffer.length, sha256: createHash("sha256").update(buffer).digest("hex") };
}

// Runs the reader over each file named on the command line and prints one line a file: what was read, or the reader's error.
export function main(reader, read) {
  const files = process.argv.slice(2);
  if (files.length === 0) {
    console.error("usage: node read-….mjs FILE...");
    process.exit(2);
  }
  let failed = false;
  for (const file of files) {
    try {
      process.stdout.write(JSON.stringify({ file, reader, ...read(file) }) + "\n");
    } catch (error) {
      failed = true;
      process.stdout.write(JSON.stringify({ file, reader, error: String(error?.message ?? error) }) + "\n");
    }
  }
  process.exitCode = failed ? 1 : 0;
}
