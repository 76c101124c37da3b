import type { Ns } from '../time/clock';
import { decodeTable, numbers } from '../api/arrow';

export interface RowWindow {
  time: Float64Array;
  /** One array a column, NaN for null. */
  columns: Float64Array[];
}

export type RowLoader = (from: Ns, to: Ns) => Promise<RowWindow>;

/** Two rows around a time and how far it lies from the first to the second, 0 … 1. */
export interface Between {
  window: RowWindow;
  before: number;
  after: number;
  part: number;
}

interface Held {
  from: Ns;
  to: Ns;
  data: RowWindow | null;
  knownTo: Ns;
  atMs: number;
  loading: boolean;
  error: string | null;
}

const MARGIN_NS = 500e6;
const MAX_WINDOWS = 12;
const STALE_MS = 300;
const RETRY_MS = 2000;

/** The rows of a stream around a time, whole and as they are, in windows: what the arm, the bodies and the figures beside a plot are taken from. */
export class NumericRows {
  private readonly windows = new Map<number, Held>();

  constructor(
    private readonly load: RowLoader,
    private readonly onLoad: () => void,
    private streamTo: Ns,
    private readonly windowNs: Ns = 4e9,
    private readonly now: () => number = () => Date.now(),
  ) {}

  setEnd(to: Ns): void {
    this.streamTo = to;
  }

  /** The window that holds a time with the rows around it; null while it is loading. Asks for the next one too. */
  windowAt(time: Ns): RowWindow | null {
    const index = Math.floor(time / this.windowNs);
    const held = this.touch(index);
    if ((index + 1) * this.windowNs <= this.streamTo) this.touch(index + 1);
    this.trim();
    return held.data;
  }

  get error(): string | null {
    for (const held of this.windows.values()) if (held.error) return held.error;
    return null;
  }

  /** The rows on both sides of a time. `after` is −1 past the last row, `before` −1 ahead of the first. */
  between(time: Ns): Between | null {
    const window = this.windowAt(time);
    if (!window || window.time.length === 0) return null;
    const before = lastNotAfter(window.time, time);
    const after = before + 1 < window.time.length ? before + 1 : -1;
    const span = before >= 0 && after >= 0 ? window.time[after]! - window.time[before]! : 0;
    return { window, before, after, part: span > 0 ? (time - window.time[before]!) / span : 0 };
  }

  /** The values at a time, linear between the rows around it; a hole longer than `gap` is null, not a line drawn through it. */
  linear(time: Ns, gap: Ns): Float64Array | null {
    const at = this.between(time);
    const rows = at && bridged(at, time, gap);
    if (!rows) return null;
    const { window } = at;
    return Float64Array.from(window.columns, (column) => {
      const a = column[rows.from]!;
      const b = column[rows.to]!;
      return rows.part === 0 ? a : a + (b - a) * rows.part;
    });
  }

  /** The last row's values at a time, if it is not older than `gap`. */
  previous(time: Ns, gap: Ns): Float64Array | null {
    const at = this.between(time);
    if (!at || at.before < 0 || time - at.window.time[at.before]! > gap) return null;
    return Float64Array.from(at.window.columns, (column) => column[at.before]!);
  }

  private touch(index: number): Held {
    let held = this.windows.get(index);
    if (held) this.windows.delete(index);
    else held = { from: index * this.windowNs, to: (index + 1) * this.windowNs, data: null, knownTo: -Infinity, atMs: -Infinity, loading: false, error: null };
    this.windows.set(index, held);
    const age = this.now() - held.atMs;
    const grown = held.knownTo < Math.min(held.to + MARGIN_NS, this.streamTo);
    if (!held.loading && (held.error ? age > RETRY_MS : !held.data || (grown && age > STALE_MS))) void this.fetch(held);
    return held;
  }

  private async fetch(held: Held): Promise<void> {
    held.loading = true;
    const knownTo = this.streamTo;
    try {
      // Of a window that grows only the new rows are asked for.
      const last = held.data?.time.at(-1);
      const more = await this.load(last === undefined ? held.from - MARGIN_NS : last + 1, held.to + MARGIN_NS);
      held.data = held.data && last !== undefined ? joined(held.data, more) : more;
      held.knownTo = knownTo;
      held.error = null;
    } catch (error) {
      held.error = (error as Error).message;
    } finally {
      held.loading = false;
      held.atMs = this.now();
    }
    this.onLoad();
  }

  private trim(): void {
    for (const [index, held] of this.windows) {
      if (this.windows.size <= MAX_WINDOWS) return;
      if (!held.loading) this.windows.delete(index);
    }
  }
}

/** Which rows to use for a time: both sides when they are near enough, one when the time is at or just beyond the last; null in a gap. */
export function bridged(at: Between, time: Ns, gap: Ns): { from: number; to: number; part: number } | null {
  if (at.before < 0) return null;
  const times = at.window.time;
  if (at.after >= 0 && times[at.after]! - times[at.before]! <= gap) return { from: at.before, to: at.after, part: at.part };
  return time - times[at.before]! <= gap && at.after < 0 ? { from: at.before, to: at.before, part: 0 } : time === times[at.before]! ? { from: at.before, to: at.before, part: 0 } : null;
}

export function lastNotAfter(times: Float64Array, time: Ns): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function joined(a: RowWindow, b: RowWindow): RowWindow {
  if (b.time.length === 0) return a;
  const join = (x: Float64Array, y: Float64Array): Float64Array => {
    const out = new Float64Array(x.length + y.length);
    out.set(x);
    out.set(y, x.length);
    return out;
  };
  return { time: join(a.time, b.time), columns: a.columns.map((column, i) => join(column, b.columns[i]!)) };
}

export function decodeRows(bytes: Uint8Array, columns: readonly string[], where: string): RowWindow {
  const table = decodeTable(bytes, where);
  return { time: numbers(table, 'time_ns'), columns: columns.map((column) => numbers(table, column)) };
}
