import type { Ns } from '../time/clock';
import { decodeTable, hasColumn, numbers, type Table } from '../api/arrow';

/** Values over a stretch of time. Where `bucketed`, min and max of each bucket; else every row, min and max being the same arrays. NaN: no value. */
export interface SeriesData {
  bucketed: boolean;
  time: Float64Array;
  min: Float64Array[];
  max: Float64Array[];
}

export type SeriesLoader = (from: Ns, to: Ns, points: number, signal: AbortSignal) => Promise<SeriesData>;

export interface Piece {
  from: Ns;
  to: Ns;
  data: SeriesData;
}

interface Tile {
  key: string;
  from: Ns;
  to: Ns;
  data: SeriesData | null;
  /** How far the stream's rows went when the tile was asked for. */
  knownTo: Ns;
  atMs: number;
  loading: AbortController | null;
  error: string | null;
}

/** Buckets of one tile; a bucket of level k is 2^k µs wide. */
export const TILE_POINTS = 512;
const MAX_TILES = 160;
const LOADS_AT_ONCE = 3;
const STALE_MS = 700;
const RETRY_MS = 2000;

/** The level whose buckets are as wide as a pixel, or a little narrower. */
export function levelFor(span: Ns, pixels: number): number {
  return Math.max(0, Math.floor(Math.log2(Math.max(1, span / Math.max(1, pixels)) / 1000)));
}

/**
 * A stream's values by visible range: tiles of a min/max pyramid, loaded as they come into view, so that no spike is lost at any zoom and no more is loaded than is seen.
 * While a tile is missing, a coarser one stands in.
 */
export class SeriesTiles {
  private readonly tiles = new Map<string, Tile>();
  private loads = 0;
  private queue: Tile[] = [];

  constructor(
    private readonly load: SeriesLoader,
    private readonly onLoad: () => void,
    private streamFrom: Ns,
    private streamTo: Ns,
    private readonly now: () => number = () => Date.now(),
  ) {}

  /** The stream's extent. Tiles over a growing end are asked for again. */
  setExtent(from: Ns, to: Ns): void {
    this.streamFrom = from;
    this.streamTo = to;
  }

  /** What is there to draw for a range at so many pixels; asks for what is not. */
  visible(from: Ns, to: Ns, pixels: number): Piece[] {
    const level = levelFor(to - from, pixels);
    const span = tileSpan(level);
    const first = Math.floor(Math.max(from, this.streamFrom) / span);
    const last = Math.floor(Math.min(to, this.streamTo) / span);
    const pieces: Piece[] = [];
    const needed: Tile[] = [];
    for (let index = first; index <= last; index++) {
      const tile = this.tile(level, index);
      if (this.shouldLoad(tile)) needed.push(tile);
      const shown = tile.data ? tile : this.coarser(level, index);
      if (shown?.data) pieces.push({ from: tile.from, to: tile.to, data: shown.data });
    }
    this.queue = needed;
    this.pump();
    this.trim();
    return pieces;
  }

  /** The first error of the tiles in a range, if any. */
  error(): string | null {
    for (const tile of this.tiles.values()) if (tile.error) return tile.error;
    return null;
  }

  close(): void {
    this.queue = [];
    for (const tile of this.tiles.values()) tile.loading?.abort();
    this.tiles.clear();
  }

  private tile(level: number, index: number): Tile {
    const key = `${level}:${index}`;
    let tile = this.tiles.get(key);
    if (tile) this.tiles.delete(key);
    else {
      const span = tileSpan(level);
      tile = { key, from: index * span, to: (index + 1) * span, data: null, knownTo: -Infinity, atMs: -Infinity, loading: null, error: null };
    }
    this.tiles.set(key, tile);
    return tile;
  }

  private coarser(level: number, index: number): Tile | null {
    for (let up = 1; up <= 8; up++) {
      const tile = this.tiles.get(`${level + up}:${Math.floor(index / 2 ** up)}`);
      if (tile?.data) return tile;
    }
    return null;
  }

  private shouldLoad(tile: Tile): boolean {
    if (tile.loading) return false;
    if (tile.error) return this.now() - tile.atMs > RETRY_MS;
    if (!tile.data) return true;
    return tile.knownTo < Math.min(tile.to, this.streamTo) && this.now() - tile.atMs > STALE_MS;
  }

  private pump(): void {
    while (this.loads < LOADS_AT_ONCE && this.queue.length > 0) void this.fetch(this.queue.shift()!);
  }

  private async fetch(tile: Tile): Promise<void> {
    const abort = new AbortController();
    tile.loading = abort;
    this.loads++;
    const knownTo = this.streamTo;
    try {
      tile.data = await this.load(tile.from, tile.to, TILE_POINTS, abort.signal);
      tile.knownTo = knownTo;
      tile.error = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      tile.error = (error as Error).message;
    } finally {
      tile.loading = null;
      tile.atMs = this.now();
      this.loads--;
      this.pump();
    }
    this.onLoad();
  }

  private trim(): void {
    for (const [key, tile] of this.tiles) {
      if (this.tiles.size <= MAX_TILES) return;
      if (!tile.loading) this.tiles.delete(key);
    }
  }
}

export function tileSpan(level: number): Ns {
  return 2 ** level * 1000 * TILE_POINTS;
}

/** Reads a `series` answer. */
export function decodeSeries(bytes: Uint8Array, columns: readonly string[], where: string): SeriesData {
  return seriesOf(decodeTable(bytes, where), columns.map((column) => ({ value: column, min: `${column}.min`, max: `${column}.max` })));
}

/** Reads a `peaks` answer. */
export function decodePeaks(bytes: Uint8Array, where: string): SeriesData {
  return seriesOf(decodeTable(bytes, where), [{ value: 'value', min: 'min', max: 'max' }]);
}

function seriesOf(table: Table, columns: readonly { value: string; min: string; max: string }[]): SeriesData {
  const bucketed = columns.some((column) => hasColumn(table, column.min));
  const min = columns.map((column) => numbers(table, bucketed ? column.min : column.value));
  return { bucketed, time: numbers(table, 'time_ns'), min, max: bucketed ? columns.map((column) => numbers(table, column.max)) : min };
}
