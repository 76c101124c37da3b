// One foreign implementation reads files and writes them again as it understood them: node peer.mjs PEER OUT-FOLDER FILE...
// PEER is arrow-js, polars or arrow-rs. One line a file: { file, out } or { file, error }. What each peer turns types into stands with the tests.
// Files of our own are named *.file.arrow or *.stream.arrow; `.lz4` or `.zstd` before that says how they are compressed.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const [peer, folder, ...files] = process.argv.slice(2);

const isFile = (content) => content.subarray(0, 6).toString("latin1") === "ARROW1";

const peers = {
  "arrow-js": async () => {
    const { tableFromIPC, tableToIPC } = await import("apache-arrow");
    return (content, out) => writeFileSync(out, tableToIPC(tableFromIPC(content), isFile(content) ? "file" : "stream"));
  },
  polars: async () => {
    const polars = await import("nodejs-polars");
    const pl = polars.default ?? polars;
    return (content, out, file) => {
      const compression = file.includes(".lz4.") ? "lz4" : file.includes(".zstd.") ? "zstd" : "uncompressed";
      if (isFile(content)) pl.readIPC(content).writeIPC(out, { compression });
      else pl.readIPCStream(content).writeIPCStream(out, { compression });
    };
  },
  // arrow-rs, compiled to WebAssembly; its package reads and writes streams.
  "arrow-rs": async () => {
    const { initSync, Table } = await import("parquet-wasm/esm");
    const path = createRequire(import.meta.url).resolve("parquet-wasm/esm/parquet_wasm_bg.wasm");
    initSync({ module: readFileSync(path) });
    return (content, out) => writeFileSync(out, Table.fromIPCStream(content).intoIPCStream());
  },
};

if (!peers[peer] || files.length === 0) {
  console.error("usage: node peer.mjs arrow-js|polars|arrow-rs FOLDER FILE...");
  process.exit(2);
}
const rewrite = await peers[peer]();
for (const file of files) {
  const out = join(folder, `${peer}-${basename(file)}`);
  try {
    rewrite(readFileSync(file), out, file);
    process.stdout.write(JSON.stringify({ file, out }) + "\n");
  } catch (error) {
    process.stdout.write(JSON.stringify({ file, error: String(error?.message ?? error) }) + "\n");
  }
}
