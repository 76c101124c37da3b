import { NS_PER_S, type Ns } from './clock';

/** `0:07.358`, `-0:00.120`, `1:02:03.004`: minutes, seconds and so many decimals, rounded down like a clock. */
export function formatTime(time: Ns, decimals = 3): string {
  const sign = time < 0 ? '−' : '';
  const unit = 10 ** (9 - decimals);
  const units = Math.floor(Math.abs(time) / unit);
  const perSecond = 10 ** decimals;
  const whole = Math.floor(units / perSecond);
  const fraction = decimals > 0 ? '.' + String(units % perSecond).padStart(decimals, '0') : '';
  const seconds = String(whole % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${sign}${hours}:${String(minutes).padStart(2, '0')}:${seconds}${fraction}` : `${sign}${minutes}:${seconds}${fraction}`;
}

/** What a person types: `7.25`, `1:02.5`, `1:02:03`, `+2`, `-1.5` (relative to `now`), `350ms`. Null when it is none of these. */
export function parseTime(text: string, now: Ns): Ns | null {
  const match = /^\s*([+\-−]?)\s*(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?|[.,]\d+)\s*(ms|s)?\s*$/.exec(text);
  if (!match) return null;
  const [, sign, hours, minutes, last, unit] = match;
  const value = Number(last!.replace(',', '.')) * (unit === 'ms' ? 1e-3 : 1);
  const seconds = value + Number(minutes ?? 0) * 60 + Number(hours ?? 0) * 3600;
  const ns = Math.round(seconds * NS_PER_S);
  if (!Number.isSafeInteger(ns)) return null;
  if (sign === '+') return now + ns;
  return sign ? now - ns : ns;
}

/** `12 s`, `3 min 20 s`, `1 h 05 min`. */
export function formatDuration(duration: Ns): string {
  const seconds = duration / NS_PER_S;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole / 60) % 60).padStart(2, '0')} min`;
}

/** `812 kB`, `61.4 MB`: powers of ten. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes;
  for (const unit of ['kB', 'MB', 'GB', 'TB']) {
    value /= 1000;
    if (value < 1000) return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
  }
  return `${(value / 1000).toFixed(0)} PB`;
}

/** `±12.3 ms`, `380 µs`: a short signed time with three digits and its unit. */
export function formatShort(time: Ns): string {
  const size = Math.abs(time);
  const sign = time < 0 ? '−' : '';
  if (size < 1e3) return `${sign}${size} ns`;
  if (size < 1e6) return `${sign}${(size / 1e3).toFixed(size < 1e5 ? 1 : 0)} µs`;
  if (size < 1e9) return `${sign}${(size / 1e6).toFixed(size < 1e8 ? 1 : 0)} ms`;
  return `${sign}${(size / 1e9).toFixed(2)} s`;
}

const STEPS_NS = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8, 5e8, 1e9, 2e9, 5e9, 1e10, 1.5e10, 3e10, 6e10, 1.2e11, 3e11, 6e11, 1.8e12, 3.6e12];

/** The step between ruler marks so that they stand at least `minPixels` apart. */
export function tickStep(spanNs: Ns, pixels: number, minPixels: number): Ns {
  const wanted = (spanNs / Math.max(1, pixels)) * minPixels;
  return STEPS_NS.find((step) => step >= wanted) ?? 7.2e12;
}

/** Decimals that a ruler with this step needs. */
export function tickDecimals(step: Ns): number {
  return step >= NS_PER_S ? 0 : Math.min(6, Math.ceil(9 - Math.log10(step)));
}
