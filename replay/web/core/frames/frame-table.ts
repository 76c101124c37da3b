import type { Ns } from '../time/clock';
import { booleans, decodeTable, hasColumn, numbers } from '../api/arrow';

export interface FrameRow {
  row: number;
  sequence: number;
  segment: number;
  time: Ns;
  offset: number;
  length: number;
  /** Decoding can begin here. */
  key: boolean;
  /** One standard deviation of `time`, NaN where unknown. */
  sigma: Ns;
}

/**
 * Where every picture of a camera lies, and when it was taken. Rows are asked for by recorded time, never by a rate: a camera that drops or drifts stays right.
 * Rows whose times go back (a device that began anew) are found by their times all the same.
 */
export class FrameTable {
  private sequences: number[] = [];
  private segments: number[] = [];
  private times: number[] = [];
  private offsets: number[] = [];
  private lengths: number[] = [];
  private sigmas: number[] = [];
  private keys: boolean[] = [];
  /** Rows in order of time; null while rows stand in order of time anyhow. */
  private order: number[] | null = null;
  private rank: number[] | null = null;
  private medianNs: Ns = 0;

  get rows(): number { return this.times.length; }

  /** Adds the rows of a `frames` answer. */
  append(bytes: Uint8Array, where: string): number {
    const table = decodeTable(bytes, where);
    if (table.numRows === 0) return 0;
    const times = numbers(table, 'time_ns');
    this.appendColumns({
      sequence: numbers(table, 'sequence'), time: times, offset: numbers(table, 'offset'), length: numbers(table, 'length'),
      segment: hasColumn(table, 'segment') ? numbers(table, 'segment') : new Float64Array(times.length),
      key: hasColumn(table, 'key_frame') ? booleans(table, 'key_frame') : undefined,
      sigma: hasColumn(table, 'sigma_ns') ? numbers(table, 'sigma_ns') : new Float64Array(times.length).fill(NaN),
    });
    return table.numRows;
  }

  appendColumns(columns: { sequence: ArrayLike<number>; segment: ArrayLike<number>; time: ArrayLike<number>; offset: ArrayLike<number>; length: ArrayLike<number>; sigma: ArrayLike<number>; key?: ArrayLike<boolean> | undefined }): void {
    let sorted = this.order === null;
    for (let i = 0; i < columns.time.length; i++) {
      const time = columns.time[i]!;
      if (this.times.length > 0 && time < this.times[this.times.length - 1]!) sorted = false;
      this.times.push(time);
      this.sequences.push(columns.sequence[i]!);
      this.segments.push(columns.segment[i]!);
      this.offsets.push(columns.offset[i]!);
      this.lengths.push(columns.length[i]!);
      this.sigmas.push(columns.sigma[i]!);
      this.keys.push(columns.key?.[i] ?? true);
    }
    if (!sorted) {
      this.order = this.times.map((_, i) => i).sort((a, b) => this.times[a]! - this.times[b]! || a - b);
      this.rank = new Array<number>(this.order.length);
      this.order.forEach((row, place) => { this.rank![row] = place; });
    }
    this.medianNs = this.median();
  }

  get(row: number): FrameRow {
    if (row < 0 || row >= this.rows) throw new RangeError(`Row ${row} of ${this.rows}.`);
    return {
      row, sequence: this.sequences[row]!, segment: this.segments[row]!, time: this.times[row]!,
      offset: this.offsets[row]!, length: this.lengths[row]!, sigma: this.sigmas[row]!, key: this.keys[row]!,
    };
  }

  /** The row from which a picture can be decoded: itself, or the key frame before it in the file; −1 where there is none. */
  keyRow(row: number): number {
    while (row >= 0 && !this.keys[row]) row--;
    return row;
  }

  /** The latest row whose time is not after `time`; −1 before the first. */
  rowAt(time: Ns): number {
    let low = 0;
    let high = this.rows;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.times[this.rowOf(middle)]! <= time) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : this.rowOf(low - 1);
  }

  /** The row so many pictures later (or earlier) in time, or −1 beyond either end. */
  neighbour(row: number, by: number): number {
    if (row < 0) return by > 0 && this.rows > 0 ? this.rowOf(Math.min(this.rows, by) - 1) : -1;
    const place = (this.rank ? this.rank[row]! : row) + by;
    return place < 0 || place >= this.rows ? -1 : this.rowOf(place);
  }

  /** The row whose time lies nearest. */
  nearest(time: Ns): number {
    const before = this.rowAt(time);
    const after = this.neighbour(before, 1);
    if (before < 0) return after;
    if (after < 0) return before;
    return time - this.times[before]! <= this.times[after]! - time ? before : after;
  }

  /** When the newest picture was taken; NaN without one. */
  get lastTime(): Ns { return this.rows === 0 ? NaN : this.times[this.rowOf(this.rows - 1)]!; }

  /** Median time between pictures; 0 with fewer than two. */
  get interval(): Ns { return this.medianNs; }

  private rowOf(place: number): number {
    return this.order ? this.order[place]! : place;
  }

  private median(): Ns {
    const count = Math.min(this.rows - 1, 201);
    if (count < 1) return 0;
    const steps: number[] = [];
    for (let i = 0; i < count; i++) steps.push(this.times[this.rowOf(i + 1)]! - this.times[this.rowOf(i)]!);
    steps.sort((a, b) => a - b);
    return steps[steps.length >> 1]!;
  }
}
