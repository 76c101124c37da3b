import { FrameTable } from './frame-table';

/** For tests: pictures at these times, of so many bytes each, one after another in the file from byte 64 on; sequence = row + 1000. Every `keyEvery`th is a key frame. */
export function tableOf(times: number[], bytes = 100, keyEvery = 1): FrameTable {
  const table = new FrameTable();
  const n = times.length;
  const zeros = new Array<number>(n).fill(0);
  table.appendColumns({ time: times, sequence: times.map((_, i) => i + 1000), segment: zeros, sigma: zeros, offset: times.map((_, i) => 64 + i * bytes), length: new Array<number>(n).fill(bytes), key: times.map((_, i) => i % keyEvery === 0) });
  return table;
}
