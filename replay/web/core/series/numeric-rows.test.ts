import { describe, expect, it } from 'vitest';
import { NumericRows } from './numeric-rows';

const STEP = 5e6;

/** Rows every 5 ms whose value is their time in ms, but for a hole from 100 to 200 ms. */
function rows(to = 20e9): { rows: NumericRows; asked: number[][]; settle: () => Promise<void>; clock: { ms: number } } {
  const asked: number[][] = [];
  const clock = { ms: 0 };
  const one = new NumericRows((from, end) => {
    asked.push([from, end]);
    const time: number[] = [];
    for (let t = Math.max(0, Math.ceil(from / STEP) * STEP); t < Math.min(end, to); t += STEP) if (t <= 100e6 || t >= 200e6) time.push(t);
    return Promise.resolve({ time: Float64Array.from(time), columns: [Float64Array.from(time, (t) => t / 1e6), Float64Array.from(time, (t) => (t === 50e6 ? NaN : 1))] });
  }, () => {}, to, 4e9, () => clock.ms);
  return { rows: one, asked, clock, settle: async () => { for (let i = 0; i < 10; i++) await Promise.resolve(); } };
}

describe('NumericRows', () => {
  it('is linear between two rows', async () => {
    const { rows: r, settle } = rows();
    r.windowAt(0);
    await settle();
    expect(r.linear(12.5e6, 30e6)![0]).toBeCloseTo(12.5, 9);
    expect(r.linear(10e6, 30e6)![0]).toBe(10);
  });

  it('draws no line through a hole longer than the gap', async () => {
    const { rows: r, settle } = rows();
    r.windowAt(0);
    await settle();
    expect(r.linear(150e6, 30e6)).toBeNull();
    expect(r.linear(150e6, 150e6)![0]).toBeCloseTo(150, 9);
    expect(r.linear(100e6, 30e6)![0]).toBe(100);
    expect(r.previous(120e6, 30e6)![0]).toBe(100);
    expect(r.previous(140e6, 30e6)).toBeNull();
  });

  it('keeps a null a null', async () => {
    const { rows: r, settle } = rows();
    r.windowAt(0);
    await settle();
    expect(r.linear(50e6, 30e6)![1]).toBeNaN();
    expect(r.linear(52e6, 30e6)![1]).toBeNaN();
  });

  it('holds beyond the last row only as long as the gap, and has nothing before the first', async () => {
    const { rows: r, settle } = rows(1e9);
    r.windowAt(0);
    await settle();
    expect(r.linear(1.01e9, 30e6)![0]).toBe(995);
    expect(r.linear(1.2e9, 30e6)).toBeNull();
    expect(r.linear(-1e6, 30e6)).toBeNull();
  });

  it('crosses from window to window without a seam', async () => {
    const { rows: r, settle } = rows();
    for (const t of [3.9975e9, 4e9, 4.0025e9]) {
      r.windowAt(t);
      await settle();
      expect(r.linear(t, 30e6)![0]).toBeCloseTo(t / 1e6, 6);
    }
  });

  it('asks again while the end grows, not more often than every 300 ms', async () => {
    const { rows: r, settle, asked, clock } = rows(2e9);
    r.windowAt(1e9);
    await settle();
    r.setEnd(2.2e9);
    r.windowAt(1e9);
    expect(asked.length).toBe(1);
    clock.ms = 350;
    r.windowAt(1e9);
    expect(asked.length).toBe(2);
    expect(asked[1]![0]).toBe(1.995e9 + 1);
  });
});
