import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatShort, formatTime, parseTime, tickDecimals, tickStep } from './format';

describe('times as text', () => {
  it.each([[0, '0:00.000'], [7_358_999_999, '0:07.358'], [-120_000_000, '−0:00.120'], [3_723_004_000_000, '1:02:03.004'], [59_999_999_999, '0:59.999']])('%d ns is %s', (ns, text) => {
    expect(formatTime(ns)).toBe(text);
  });

  it.each([['7.25', 7.25e9], ['1:02.5', 62.5e9], ['1:02:03', 3723e9], ['350ms', 0.35e9], ['+2', 12e9], ['-350ms', 9.65e9], ['−1', 9e9], [' 0,5 s ', 0.5e9]])('%s is understood', (text, ns) => {
    expect(parseTime(text, 10e9)).toBe(ns);
  });

  it.each(['', 'now', '1:2:3:4', '1e9', '--2', '5 h'])('%s is not a time', (text) => {
    expect(parseTime(text, 0)).toBeNull();
  });

  it('keeps nanoseconds through the address', () => {
    const ns = 4_078_804_722;
    expect(parseTime((ns / 1e9).toFixed(9), 0)).toBe(ns);
  });

  it('names sizes and durations shortly', () => {
    expect([formatShort(0), formatShort(-14_500_000), formatShort(380_000), formatShort(1_500_000_000)]).toEqual(['0 ns', '−14.5 ms', '380 µs', '1.50 s']);
    expect([formatDuration(12.34e9), formatDuration(200e9), formatDuration(3900e9)]).toEqual(['12.3 s', '3 min 20 s', '1 h 05 min']);
    expect([formatBytes(812), formatBytes(61_400_000), formatBytes(2.5e12)]).toEqual(['812 B', '61.4 MB', '2.50 TB']);
  });

  it('spaces ruler marks by round steps', () => {
    expect(tickStep(20e9, 700, 84)).toBe(5e9);
    expect(tickDecimals(5e9)).toBe(0);
    expect(tickDecimals(2e7)).toBe(2);
  });
});
