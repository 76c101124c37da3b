import type { FrameTable } from './frame-table';

/** A decoded picture; `close` frees its memory at once. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  close(): void;
}

/** One coded picture of a group, on its way into a decoder. */
export interface CodedPicture {
  bytes: Uint8Array;
  key: boolean;
}

/**
 * Decodes pictures that depend on each other, the first of them a key frame, and gives those from `firstGiven` on by their place. Rejects when one cannot be decoded; those given before stand.
 */
export type DecodeGroup = (pictures: readonly CodedPicture[], firstGiven: number, give: (place: number, picture: Picture) => void, signal: AbortSignal) => Promise<void>;

export interface FrameSourceOptions {
  /** Bytes `[offset, offset + length)` of the stream's file. */
  fetchRange: (offset: number, length: number, signal: AbortSignal) => Promise<Uint8Array>;
  /** Decodes a picture that stands alone. */
  decode: (bytes: Uint8Array) => Promise<Picture>;
  /** Where pictures depend on each other: what decodes them instead. */
  decodeGroup?: DecodeGroup;
  /** Decoded pictures are kept up to this many bytes (4 a pixel). */
  cacheBytes?: number;
  onReady?: () => void;
  now?: () => number;
}

/** One request carries at most so many pictures and bytes, and skips at most this hole between two. */
const GROUP_ROWS = 8;
const GROUP_BYTES = 1 << 20;
const GROUP_HOLE_BYTES = 16 << 10;
const REQUESTS_AT_ONCE = 2;
const RETRY_MS = 1000;

/** Of pictures that depend on each other, so many after the wanted one are decoded along, and those just before it kept: a decoder begins at the key frame every time. */
const GROUP_AHEAD = 30;
const GROUP_BEHIND = 6;
const MAX_GROUP_BYTES = 64 << 20;

interface Request {
  rows: Set<number>;
  abort: AbortController;
}

/**
 * Pictures of one camera by row. `want` names the rows in order of need: those that are missing are fetched as byte ranges (neighbours in one request) and decoded;
 * requests that nobody wants any more are cancelled; pictures that nobody wants are dropped when the cache is full, the longest unused first.
 */
export class FrameSource {
  private readonly pictures = new Map<number, Picture>();
  private readonly failures = new Map<number, { message: string; atMs: number }>();
  private readonly requests = new Set<Request>();
  private wanted: readonly number[] = [];
  private wantedSet: ReadonlySet<number> = new Set();
  private bytes = 0;
  private largest = 0;
  private closed = false;
  private readonly cacheBytes: number;
  private readonly now: () => number;

  constructor(private readonly table: FrameTable, private readonly options: FrameSourceOptions) {
    this.cacheBytes = options.cacheBytes ?? 64 << 20;
    this.now = options.now ?? (() => Date.now());
  }

  /** The picture of a row, if it is decoded. */
  get(row: number): Picture | undefined {
    const picture = this.pictures.get(row);
    if (picture) {
      this.pictures.delete(row);
      this.pictures.set(row, picture);
    }
    return picture;
  }

  has(row: number): boolean { return this.pictures.has(row); }

  /** Why the row's picture could not be had the last time, if so. */
  failure(row: number): string | null { return this.failures.get(row)?.message ?? null; }

  get cachedBytes(): number { return this.bytes; }
  get openRequests(): number { return this.requests.size; }

  want(rows: readonly number[]): void {
    if (this.closed) return;
    this.wanted = rows;
    this.wantedSet = new Set(rows);
    for (const request of this.requests) {
      if (![...request.rows].some((row) => this.wantedSet.has(row))) {
        this.requests.delete(request);
        request.abort.abort();
      }
    }
    this.pump();
  }

  close(): void {
    this.closed = true;
    for (const request of this.requests) request.abort.abort();
    this.requests.clear();
    for (const picture of this.pictures.values()) picture.close();
    this.pictures.clear();
    this.bytes = 0;
  }

  private pump(): void {
    while (this.requests.size < (this.options.decodeGroup ? 1 : REQUESTS_AT_ONCE)) {
      const group = this.nextGroup();
      if (group.length === 0) return;
      if (this.options.decodeGroup) void this.loadGroup(group, this.wanted.find((row) => this.missing(row))!);
      else void this.load(group);
    }
  }

  private missing(row: number): boolean {
    if (row < 0 || row >= this.table.rows || this.pictures.has(row)) return false;
    for (const request of this.requests) if (request.rows.has(row)) return false;
    const failure = this.failures.get(row);
    return !failure || this.now() - failure.atMs > RETRY_MS;
  }

  /** The neediest missing row, and those after it that lie beside it in the file. The neediest of all goes alone when nothing is drawn without it. */
  private nextGroup(): number[] {
    const missing = (row: number): boolean => this.missing(row);
    const first = this.wanted.findIndex(missing);
    if (first < 0) return [];
    const group = [this.wanted[first]!];
    if (this.options.decodeGroup) return this.dependent(group[0]!);
    if (first === 0) return group;
    let end = this.table.get(group[0]!).offset + this.table.get(group[0]!).length;
    const start = this.table.get(group[0]!).offset;
    for (let i = first + 1; i < this.wanted.length && group.length < GROUP_ROWS; i++) {
      const row = this.wanted[i]!;
      if (!missing(row)) continue;
      const frame = this.table.get(row);
      if (frame.offset < end || frame.offset - end > GROUP_HOLE_BYTES || frame.offset + frame.length - start > GROUP_BYTES) break;
      group.push(row);
      end = frame.offset + frame.length;
    }
    return group;
  }

  /** The key frame that a row depends on, the row, and what follows it up to the next key frame: as many as the cache holds beside what is wanted. */
  private dependent(row: number): number[] {
    const key = this.table.keyRow(row);
    if (key < 0) {
      this.fail(row, `Picture ${row} depends on a key frame that was not recorded.`);
      return this.nextGroup();
    }
    const ahead = Math.min(GROUP_AHEAD, Math.max(1, Math.floor(this.cacheBytes / 2 / (this.largest || 1))));
    const rows = Array.from({ length: row - key + 1 }, (_, i) => key + i);
    for (let next = row + 1; next < this.table.rows && next <= row + ahead && !this.table.get(next).key; next++) rows.push(next);
    return rows;
  }

  private async loadGroup(rows: number[], wanted: number): Promise<void> {
    const request: Request = { rows: new Set(rows.filter((row) => row >= wanted)), abort: new AbortController() };
    this.requests.add(request);
    const start = this.table.get(rows[0]!).offset;
    const last = this.table.get(rows[rows.length - 1]!);
    try {
      if (last.offset + last.length - start > MAX_GROUP_BYTES) throw new Error(`Picture ${wanted} lies ${(last.offset - start) >> 20} MiB behind its key frame: too far to be decoded.`);
      const bytes = await this.options.fetchRange(start, last.offset + last.length - start, request.abort.signal);
      const coded = rows.map((row) => {
        const { offset, length, key } = this.table.get(row);
        return { bytes: bytes.subarray(offset - start, offset - start + length), key };
      });
      const first = Math.max(0, rows.indexOf(wanted) - GROUP_BEHIND);
      await this.options.decodeGroup!(coded, first, (place, picture) => {
        this.keep(rows[place]!, picture);
        request.rows.delete(rows[place]!);
        this.options.onReady?.();
      }, request.abort.signal);
      for (const row of request.rows) this.fail(row, `Picture ${row} did not come out of the decoder.`);
    } catch (error) {
      if (request.abort.signal.aborted) return;
      for (const row of request.rows) this.fail(row, (error as Error).message);
      this.options.onReady?.();
    } finally {
      this.requests.delete(request);
      if (!this.closed) this.pump();
    }
  }

  private async load(rows: number[]): Promise<void> {
    const request: Request = { rows: new Set(rows), abort: new AbortController() };
    this.requests.add(request);
    const first = this.table.get(rows[0]!);
    const last = this.table.get(rows[rows.length - 1]!);
    try {
      const bytes = await this.options.fetchRange(first.offset, last.offset + last.length - first.offset, request.abort.signal);
      await Promise.all(rows.map(async (row) => {
        const { offset, length } = this.table.get(row);
        const begin = offset - first.offset;
        if (begin + length > bytes.length) {
          this.fail(row, `The file ends inside picture ${row}: ${bytes.length - begin} of ${length} bytes are there.`);
          return;
        }
        try {
          this.keep(row, await this.options.decode(bytes.subarray(begin, begin + length)));
        } catch (error) {
          this.fail(row, `Picture ${row} cannot be decoded: ${(error as Error).message}`);
        }
        request.rows.delete(row);
        this.options.onReady?.();
      }));
    } catch (error) {
      if (request.abort.signal.aborted) return;
      for (const row of request.rows) this.fail(row, (error as Error).message);
      this.options.onReady?.();
    } finally {
      this.requests.delete(request);
      if (!this.closed) this.pump();
    }
  }

  private fail(row: number, message: string): void {
    this.failures.set(row, { message, atMs: this.now() });
  }

  private keep(row: number, picture: Picture): void {
    if (this.closed || this.pictures.has(row)) {
      picture.close();
      return;
    }
    this.failures.delete(row);
    this.pictures.set(row, picture);
    this.bytes += pictureBytes(picture);
    this.largest = Math.max(this.largest, pictureBytes(picture));
    for (const [old, dropped] of this.pictures) {
      if (this.bytes <= this.cacheBytes) break;
      if (old === row || this.wantedSet.has(old)) continue;
      this.pictures.delete(old);
      this.bytes -= pictureBytes(dropped);
      dropped.close();
    }
  }
}

function pictureBytes(picture: Picture): number {
  return picture.width * picture.height * 4;
}
