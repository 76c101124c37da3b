import { describe, expect, it, vi } from 'vitest';

vi.mock('./keys.css', () => ({}));
const { nextRate, RATES } = await import('./keyboard');

describe('nextRate', () => {
  it('walks through all speeds and stops at both ends', () => {
    let rate: number = RATES[0];
    const up = [rate];
    for (let i = 0; i < 20; i++) up.push((rate = nextRate(rate, 1)));
    expect([...new Set(up)]).toEqual([...RATES]);
    expect(nextRate(0.1, -1)).toBe(0.1);
    expect(nextRate(1, -1)).toBe(0.75);
    expect(nextRate(1.2, 1)).toBe(1.5);
  });
});
