import { describe, expect, it } from 'vitest';
import { extent, scaleFor } from './plot-scale';

describe('scaleFor', () => {
  it('holds all values and marks round ones', () => {
    const scale = scaleFor(-0.75, 1.55, 4);
    expect(scale.low).toBeLessThan(-0.75);
    expect(scale.high).toBeGreaterThan(1.55);
    expect(scale.ticks).toEqual([0, 1]);
    expect(scaleFor(0.012, 0.019, 4)).toMatchObject({ decimals: 3 });
  });

  it('gives a flat line room, and nothing a scale', () => {
    expect(scaleFor(5, 5, 3)).toMatchObject({ low: 4, high: 6 });
    expect(scaleFor(Infinity, -Infinity, 3)).toMatchObject({ low: -1, high: 1 });
  });
});

describe('extent', () => {
  it('skips what has no value and loses no spike', () => {
    const into = { low: Infinity, high: -Infinity };
    const min = Float64Array.from([1, NaN, 2, -9]);
    const max = Float64Array.from([2, NaN, 40, 3]);
    extent([{ min, max }], 0, 2, into);
    expect(into).toEqual({ low: 1, high: 40 });
  });
});
