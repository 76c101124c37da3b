import { describe, expect, it } from 'vitest';
import { FrameSource, type Picture } from './frame-source';
import { tableOf } from './table-of.fixture';

class FakePicture implements Picture {
  static open = 0;
  readonly width = 10;
  readonly height = 10;
  closed = false;
  constructor(readonly bytes: number) { FakePicture.open++; }
  close(): void { this.closed = true; FakePicture.open--; }
}

interface Call { offset: number; length: number; signal: AbortSignal; answer: (bytes?: Uint8Array) => void; refuse: (message: string) => void }

function source(rows: number, cacheBytes = 400 * 40): { source: FrameSource; calls: Call[]; settle: () => Promise<void>; clock: { ms: number } } {
  const calls: Call[] = [];
  const clock = { ms: 0 };
  const one = new FrameSource(tableOf(Array.from({ length: rows }, (_, i) => i * 33)), {
    cacheBytes, now: () => clock.ms,
    fetchRange: (offset, length, signal) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      calls.push({ offset, length, signal, answer: (bytes) => resolve(bytes ?? new Uint8Array(length).fill(7)), refuse: (message) => reject(new Error(message)) });
    }),
    decode: (bytes) => (bytes[0] === 0 ? Promise.reject(new Error('not a picture')) : Promise.resolve(new FakePicture(bytes.length))),
  });
  return { source: one, calls, clock, settle: async () => { for (let i = 0; i < 20; i++) await Promise.resolve(); } };
}

describe('FrameSource', () => {
  it('fetches the neediest picture alone, and its neighbours in one range', () => {
    const { source: s, calls } = source(50);
    s.want([5, 6, 7, 8, 9]);
    expect(calls.map(({ offset, length }) => [offset, length])).toEqual([[564, 100], [664, 400]]);
  });

  it('gives pictures once they are decoded', async () => {
    const { source: s, calls, settle } = source(50);
    s.want([5, 6, 7]);
    calls[0]!.answer();
    await settle();
    expect([s.has(5), s.has(6)]).toEqual([true, false]);
    calls[1]!.answer();
    await settle();
    expect([s.has(6), s.has(7)]).toEqual([true, true]);
  });

  it('cancels what nobody wants any more, and only that', async () => {
    const { source: s, calls, settle } = source(50);
    s.want([5, 6, 7, 8]);
    s.want([8, 9]);
    expect(calls[0]!.signal.aborted).toBe(true);
    expect(calls[1]!.signal.aborted).toBe(false);
    s.want([40]);
    expect(calls[1]!.signal.aborted).toBe(true);
    await settle();
    expect(calls.at(-1)!.offset).toBe(64 + 4000);
    expect(s.failure(5)).toBeNull();
  });

  it('keeps within its bytes, drops the longest unused, never what is wanted', async () => {
    const open = FakePicture.open;
    const { source: s, calls, settle } = source(100, 400 * 12);
    for (let at = 0; at < 60; at += 6) {
      const rows = Array.from({ length: 6 }, (_, i) => at + i);
      s.want(rows);
      for (let i = 0; i < 4; i++) {
        calls.forEach((call) => call.answer());
        await settle();
      }
      expect(rows.every((row) => s.has(row))).toBe(true);
      expect(s.cachedBytes).toBeLessThanOrEqual(400 * 12);
    }
    expect(s.has(0)).toBe(false);
    s.close();
    expect(FakePicture.open).toBe(open);
  });

  it('never has more than two requests open', () => {
    const { source: s, calls } = source(100);
    s.want(Array.from({ length: 30 }, (_, i) => i));
    expect(calls.length).toBe(2);
    expect(s.openRequests).toBe(2);
  });

  it('does not ask twice for what is on its way', () => {
    const { source: s, calls } = source(50);
    s.want([1, 2, 3]);
    s.want([2, 3, 4]);
    const asked = calls.filter((call) => !call.signal.aborted).flatMap(({ offset, length }) => Array.from({ length: length / 100 }, (_, i) => (offset - 64) / 100 + i));
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('tells a failure, and tries again after a second', async () => {
    const { source: s, calls, settle, clock } = source(50);
    s.want([3]);
    calls[0]!.refuse('The server does not answer.');
    await settle();
    expect(s.failure(3)).toBe('The server does not answer.');
    s.want([3]);
    expect(calls.length).toBe(1);
    clock.ms = 1500;
    s.want([3]);
    expect(calls.length).toBe(2);
    calls[1]!.answer();
    await settle();
    expect([s.failure(3), s.has(3)]).toEqual([null, true]);
  });

  it('tells a picture that cannot be decoded, and one that is cut off; the others are there', async () => {
    const { source: s, calls, settle } = source(50);
    s.want([0, 1, 2, 3]);
    const bytes = new Uint8Array(250).fill(7);
    bytes.fill(0, 100, 200);
    calls[1]!.answer(bytes);
    await settle();
    expect(s.has(1)).toBe(true);
    expect(s.failure(2)).toContain('cannot be decoded');
    expect(s.failure(3)).toContain('50 of 100 bytes');
  });
});

describe('FrameSource of pictures that depend on each other', () => {
  function dependent(keyEvery = 10, cacheBytes = 400 * 200): { source: FrameSource; decoded: number[][]; ranges: number[][]; settle: () => Promise<void>; fail: { at: number } } {
    const decoded: number[][] = [];
    const ranges: number[][] = [];
    const fail = { at: -1 };
    const one = new FrameSource(tableOf(Array.from({ length: 100 }, (_, i) => i * 33), 100, keyEvery), {
      cacheBytes,
      fetchRange: (offset, length) => {
        ranges.push([(offset - 64) / 100, length / 100]);
        return Promise.resolve(new Uint8Array(length));
      },
      decode: () => Promise.reject(new Error('they cannot stand alone')),
      decodeGroup: async (pictures, firstGiven, give) => {
        expect(pictures[0]!.key).toBe(true);
        expect(pictures.slice(1).some((picture) => picture.key)).toBe(false);
        decoded.push([pictures.length, firstGiven]);
        for (let place = firstGiven; place < pictures.length; place++) {
          await Promise.resolve();
          if (place === fail.at) throw new Error('damaged');
          give(place, new FakePicture(1));
        }
      },
    });
    return { source: one, decoded, ranges, fail, settle: async () => { for (let i = 0; i < 300; i++) await Promise.resolve(); } };
  }

  it('decodes from the key frame on, keeps what is near, and does not go beyond the next key frame', async () => {
    const { source: s, ranges, decoded, settle } = dependent();
    s.want([17]);
    await settle();
    expect(ranges).toEqual([[10, 10]]);
    expect(decoded).toEqual([[10, 1]]);
    expect([s.has(10), s.has(11), s.has(17), s.has(19), s.has(20)]).toEqual([false, true, true, true, false]);
  });

  it('goes on with the next group while playing', async () => {
    const { source: s, ranges, settle } = dependent();
    s.want([17, 18, 19, 20, 21]);
    await settle();
    expect(ranges).toEqual([[10, 10], [20, 10]]);
    expect([17, 18, 19, 20, 21].every((row) => s.has(row))).toBe(true);
  });

  it('decodes one group at a time, however many are wanted', () => {
    const { source: s } = dependent();
    s.want([17, 37, 57]);
    expect(s.openRequests).toBe(1);
  });

  it('keeps within its memory on long groups', async () => {
    const { source: s, decoded, settle } = dependent(100, 400 * 10);
    s.want([50]);
    await settle();
    s.want([60]);
    await settle();
    expect(s.has(60)).toBe(true);
    expect(s.cachedBytes).toBeLessThanOrEqual(400 * 12);
    expect(decoded[1]![0]).toBeLessThanOrEqual(66);
  });

  it('tells what did not come out, and keeps what did', async () => {
    const { source: s, fail, settle } = dependent();
    fail.at = 5;
    s.want([13, 14, 15, 16]);
    await settle();
    expect([s.has(13), s.has(14), s.has(15)]).toEqual([true, true, false]);
    expect(s.failure(15)).toContain('damaged');
  });

  it('says when the key frame was not recorded', () => {
    const table = tableOf([0, 33, 66], 100, 1);
    table.appendColumns({ time: [99], sequence: [9], segment: [0], sigma: [0], offset: [999], length: [1], key: [false] });
    expect(table.keyRow(3)).toBe(2);
    const none = tableOf([], 100);
    none.appendColumns({ time: [0], sequence: [0], segment: [0], sigma: [0], offset: [64], length: [1], key: [false] });
    const s = new FrameSource(none, { fetchRange: () => Promise.reject(new Error('not asked')), decode: () => Promise.reject(new Error()), decodeGroup: () => Promise.reject(new Error()) });
    s.want([0]);
    expect(s.failure(0)).toContain('key frame that was not recorded');
  });
});
