import { describe, expect, it } from 'vitest';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { decodePeaks, decodeSeries, levelFor, SeriesTiles, TILE_POINTS, tileSpan, type SeriesData } from './tiles';

interface Call { from: number; to: number; points: number; answer: (data?: SeriesData) => void; refuse: (message: string) => void }

const data = (time: number[]): SeriesData => ({ bucketed: false, time: Float64Array.from(time), min: [Float64Array.from(time)], max: [Float64Array.from(time)] });

function tiles(to = 100e9): { tiles: SeriesTiles; calls: Call[]; clock: { ms: number }; settle: () => Promise<void> } {
  const calls: Call[] = [];
  const clock = { ms: 0 };
  const one = new SeriesTiles((from, end, points) => new Promise((resolve, reject) => calls.push({ from, to: end, points, answer: (d) => resolve(d ?? data([from])), refuse: (m) => reject(new Error(m)) })), () => {}, 0, to, () => clock.ms);
  return { tiles: one, calls, clock, settle: async () => { for (let i = 0; i < 20; i++) await Promise.resolve(); } };
}

describe('SeriesTiles', () => {
  it('takes buckets no wider than a pixel', () => {
    for (const [span, pixels] of [[20e9, 800], [1e9, 1200], [5e6, 1000]] as const) {
      const bucket = tileSpan(levelFor(span, pixels)) / TILE_POINTS;
      expect(bucket).toBeLessThanOrEqual(Math.max(1000, span / pixels));
      if (bucket > 1000) expect(bucket * 2).toBeGreaterThan(span / pixels);
    }
  });

  it('asks for the tiles in view and no others, three at a time', async () => {
    const { tiles: t, calls, settle } = tiles();
    const span = tileSpan(levelFor(10e9, 1000));
    t.visible(20e9, 30e9, 1000);
    expect(calls.length).toBe(3);
    for (let i = 0; i < 12; i++) {
      calls.forEach((call) => call.answer());
      await settle();
      t.visible(20e9, 30e9, 1000);
    }
    expect(calls.length).toBe(Math.floor(30e9 / span) - Math.floor(20e9 / span) + 1);
    expect(calls.every((call) => call.to - call.from === span && call.points === TILE_POINTS)).toBe(true);
  });

  it('loads a tile once and keeps it', async () => {
    const { tiles: t, calls, settle } = tiles();
    const span = tileSpan(3);
    t.visible(0, span / 2, 256);
    calls[0]!.answer();
    await settle();
    const before = calls.length;
    expect(t.visible(0, span / 2, 256)[0]!.data.time[0]).toBe(0);
    expect(calls.length).toBe(before);
  });

  it('lets a coarser tile stand in while the finer one loads', async () => {
    const { tiles: t, calls, settle } = tiles();
    t.visible(0, 4e9, 1000);
    calls.forEach((call) => call.answer(data([1, 2, 3])));
    await settle();
    const pieces = t.visible(0, 1e9, 1000);
    expect(pieces.length).toBeGreaterThan(0);
    expect(pieces[0]!.data.time.length).toBe(3);
    expect(pieces[0]!.to - pieces[0]!.from).toBe(tileSpan(levelFor(1e9, 1000)));
  });

  it('asks again for a tile over a growing end, and not for those behind it', async () => {
    const { tiles: t, calls, settle, clock } = tiles(1e9);
    t.visible(0, 2e9, 1000);
    while (calls.length < 2) { calls.forEach((call) => call.answer()); await settle(); t.visible(0, 2e9, 1000); }
    calls.forEach((call) => call.answer());
    await settle();
    const before = calls.length;
    t.setExtent(0, 1.02e9);
    t.visible(0, 2e9, 1000);
    expect(calls.length).toBe(before);
    clock.ms = 1000;
    t.visible(0, 2e9, 1000);
    expect(calls.length).toBe(before + 1);
    expect(calls.at(-1)!.to).toBeGreaterThan(1e9);
  });

  it('tells an error and tries again later', async () => {
    const { tiles: t, calls, settle, clock } = tiles();
    t.visible(0, 4e5, 1000);
    calls[0]!.refuse('No such column.');
    await settle();
    expect(t.error()).toBe('No such column.');
    t.visible(0, 4e5, 1000);
    expect(calls.length).toBe(1);
    clock.ms = 5000;
    t.visible(0, 4e5, 1000);
    calls[1]!.answer();
    await settle();
    expect(t.error()).toBeNull();
  });
});

describe('answers', () => {
  it('reads rows as they are, and buckets', () => {
    const time = BigInt64Array.from([1n, 2n]);
    const rows = decodeSeries(tableToIPC(tableFromArrays({ time_ns: time, 'position[0]': Float64Array.from([0.5, NaN]) }), 'stream'), ['position[0]'], 'x');
    expect(rows.bucketed).toBe(false);
    expect([...rows.min[0]!]).toEqual([0.5, NaN]);
    const buckets = decodeSeries(tableToIPC(tableFromArrays({ time_ns: time, 'a.min': Float64Array.from([1, 2]), 'a.max': Float64Array.from([3, 4]) }), 'stream'), ['a'], 'x');
    expect([buckets.bucketed, [...buckets.min[0]!], [...buckets.max[0]!]]).toEqual([true, [1, 2], [3, 4]]);
    const peaks = decodePeaks(tableToIPC(tableFromArrays({ time_ns: time, min: Float32Array.from([-1, 0]), max: Float32Array.from([0.5, 1]) }), 'stream'), 'x');
    expect([...peaks.max[0]!]).toEqual([0.5, 1]);
  });

  it('refuses a time that a number cannot hold exactly', () => {
    const bytes = tableToIPC(tableFromArrays({ time_ns: BigInt64Array.from([2n ** 53n + 1n]), a: Float64Array.from([0]) }), 'stream');
    expect(() => decodeSeries(bytes, ['a'], 'x')).toThrow('time_ns');
  });

  it('names a column that is not there', () => {
    const bytes = tableToIPC(tableFromArrays({ time_ns: BigInt64Array.from([1n]) }), 'stream');
    expect(() => decodeSeries(bytes, ['b'], 'x')).toThrow('"b"');
  });
});
