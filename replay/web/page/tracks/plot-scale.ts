/** Values between which a plot runs, and the marks on its axis. */
export interface Scale {
  low: number;
  high: number;
  ticks: number[];
  decimals: number;
}

/** A scale that holds all values with a little air, with round marks; `count` is how many marks there is room for. */
export function scaleFor(low: number, high: number, count: number): Scale {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { low: -1, high: 1, ticks: [0], decimals: 0 };
  const flat = high - low < 1e-9 * Math.max(1, Math.abs(low), Math.abs(high));
  const a = flat ? low - 1 : low - (high - low) * 0.06;
  const b = flat ? high + 1 : high + (high - low) * 0.06;
  const raw = (b - a) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= raw) ?? raw;
  const ticks: number[] = [];
  for (let i = Math.ceil(a / step); i * step <= b; i++) ticks.push((i || 0) * step);
  return { low: a, high: b, ticks, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

/** Least and greatest of columns over rows `[first, last]`; NaN is skipped. */
export function extent(columns: readonly { min: Float64Array; max: Float64Array }[], first: number, last: number, into: { low: number; high: number }): void {
  for (const { min, max } of columns) {
    for (let i = first; i <= last; i++) {
      const a = min[i]!;
      const b = max[i]!;
      if (a < into.low) into.low = a;
      if (b > into.high) into.high = b;
    }
  }
}
