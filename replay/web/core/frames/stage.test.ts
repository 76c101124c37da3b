import { describe, expect, it } from 'vitest';
import { FrameSource, type Picture } from './frame-source';
import { tableOf } from './table-of.fixture';
import { Stage, type Camera } from './stage';
import { AHEAD, decodedUntil, shownInstant, shownStep, wantedRows } from './wanted';

const MS = 1e6;
const picture = (): Picture => ({ width: 4, height: 4, close: () => {} });

function camera(name: string, times: number[]): Camera & { painted: (number | null)[]; answer: () => Promise<void>; asked: number[] } {
  const table = tableOf(times.map((t) => t * MS));
  const waiting: (() => void)[] = [];
  const asked: number[] = [];
  const source = new FrameSource(table, {
    fetchRange: (offset, length) => { asked.push((offset - 64) / 100); return new Promise((resolve) => waiting.push(() => resolve(new Uint8Array(length)))); },
    decode: () => Promise.resolve(picture()),
  });
  const painted: (number | null)[] = [];
  return {
    name, table, source, painted, asked, paint: (_, frame) => painted.push(frame?.row ?? null),
    answer: async () => { for (let i = 0; i < 30; i++) { waiting.splice(0).forEach((one) => one()); await Promise.resolve(); } },
  };
}

describe('Stage', () => {
  it('draws all cameras in one call or none: no camera runs ahead of another', async () => {
    const a = camera('a', [0, 33, 66]);
    const b = camera('b', [5, 40, 70]);
    const stage = new Stage([a, b]);
    expect(stage.draw(45 * MS, false, 1)).toBe(false);
    await a.answer();
    expect(stage.draw(45 * MS, false, 1)).toBe(false);
    expect([a.painted, b.painted]).toEqual([[], []]);
    await b.answer();
    expect(stage.draw(45 * MS, false, 1)).toBe(true);
    expect([a.painted, b.painted]).toEqual([[1], [1]]);
    expect(stage.drawn('b')?.time).toBe(40 * MS);
  });

  it('keeps the last instant while pictures are missing', async () => {
    const a = camera('a', Array.from({ length: 200 }, (_, i) => i * 33));
    const stage = new Stage([a]);
    stage.draw(0, false, 1);
    await a.answer();
    stage.draw(0, false, 1);
    expect(stage.draw(6000 * MS, false, 1)).toBe(false);
    expect([stage.drawnInstant, stage.drawn('a')?.row]).toEqual([0, 0]);
  });

  it('shows nothing for a camera that has no picture yet at that instant', async () => {
    const a = camera('a', [0, 33]);
    const late = camera('late', [500]);
    const stage = new Stage([a, late]);
    stage.draw(10 * MS, false, 1);
    await a.answer();
    expect(stage.draw(10 * MS, false, 1)).toBe(true);
    expect(late.painted).toEqual([null]);
    expect(stage.drawn('late')).toBeNull();
  });

  it('does not paint a picture twice', async () => {
    const a = camera('a', [0, 33]);
    const stage = new Stage([a]);
    stage.draw(1, false, 1);
    await a.answer();
    for (const t of [1, 2, 3]) stage.draw(t * MS, false, 1);
    expect(a.painted).toEqual([0]);
  });
});

describe('what is wanted', () => {
  it('is the picture at the instant, fifteen ahead, and a few behind while paused', () => {
    const table = tableOf(Array.from({ length: 100 }, (_, i) => i * 33));
    expect(wantedRows(table, 50 * 33, 0, true)).toEqual([50, ...Array.from({ length: AHEAD }, (_, i) => 51 + i), 49, 48]);
    expect(wantedRows(table, 50 * 33, 0, false).slice(-4)).toEqual([49, 48, 47, 46]);
    expect(wantedRows(table, -5, 0, true)[0]).toBe(0);
    expect(wantedRows(table, 99 * 33, 0, true)).toEqual([99, 98, 97]);
  });

  it('lets a clock at a growing end go as far as pictures are decoded, over those that cannot be had', () => {
    const table = tableOf([0, 33, 66, 99, 132]);
    const source = (decoded: number[], failed: number[] = []): { has: (row: number) => boolean; failure: (row: number) => string | null } => ({
      has: (row) => decoded.includes(row), failure: (row) => (failed.includes(row) ? 'cut off' : null),
    });
    expect(decodedUntil(table, source([0, 1, 2, 4]), 40)).toBe(66);
    expect(decodedUntil(table, source([1, 3], [2]), 40)).toBe(99);
    expect(decodedUntil(table, source([]), 40)).toBe(-Infinity);
    expect(decodedUntil(table, source([0]), -10)).toBe(0);
  });

  it('skips pictures at high speed on a grid that every camera shares', () => {
    const interval = 33.3 * MS;
    expect(shownStep(1, interval)).toBe(0);
    const step = shownStep(4, interval);
    expect(step).toBe(Math.round(4e9 / 30));
    expect(shownInstant(1e9, step) % step).toBe(0);
    const table = tableOf(Array.from({ length: 300 }, (_, i) => i * interval));
    const rows = wantedRows(table, shownInstant(1e9, step), step, true);
    expect(rows[1]! - rows[0]!).toBe(4);
  });
});
