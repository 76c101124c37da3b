import type { Ns } from '../time/clock';
import type { FrameSource } from './frame-source';
import type { FrameTable } from './frame-table';

/** Pictures decoded ahead of the clock, and kept or decoded behind it for stepping back. */
export const AHEAD = 15;
export const BEHIND = 4;
const PASSED = 2;

/** Above this many pictures a second on the screen, playing skips: instants on a fixed grid are shown, the same for every camera. */
const MAX_SHOWN_HZ = 33;

/**
 * The time between two instants that are shown while playing at a rate: 0 shows every picture. The grid is absolute, so cameras agree on it and a prefetch is not for nothing.
 */
export function shownStep(rate: number, interval: Ns): Ns {
  if (interval <= 0 || rate * (1e9 / interval) <= MAX_SHOWN_HZ) return 0;
  return Math.round((rate * 1e9) / 30);
}

/** The instant that is shown for a time: the time itself, or the grid's last point. */
export function shownInstant(time: Ns, step: Ns): Ns {
  return step === 0 ? time : Math.floor(time / step) * step;
}

/**
 * Up to when pictures are decoded without a hole from `time` on: as far as a clock at a growing end may go without waiting. A picture that cannot be had is no hole.
 */
export function decodedUntil(table: FrameTable, source: Pick<FrameSource, 'has' | 'failure'>, time: Ns): Ns {
  let until = -Infinity;
  let row = table.rowAt(time);
  if (row < 0) row = table.neighbour(-1, 1);
  for (let i = 0; i <= AHEAD && row >= 0; i++, row = table.neighbour(row, 1)) {
    if (!source.has(row) && source.failure(row) === null) break;
    until = table.get(row).time;
  }
  return until;
}

/** Rows to have decoded, neediest first: the one at the instant, those ahead of it, then a few behind. */
export function wantedRows(table: FrameTable, instant: Ns, step: Ns, playing: boolean): number[] {
  const now = table.rowAt(instant);
  const rows: number[] = now >= 0 ? [now] : [];
  const seen = new Set(rows);
  const add = (row: number): void => {
    if (row >= 0 && !seen.has(row)) {
      seen.add(row);
      rows.push(row);
    }
  };
  for (let i = 1; i <= AHEAD; i++) add(step === 0 ? table.neighbour(now, i) : table.rowAt(instant + i * step));
  // While playing, what the clock has just passed is not cancelled either: a slow line would never bring anything.
  const behind = playing ? PASSED : BEHIND;
  if (now >= 0) for (let i = 1; i <= behind; i++) add(table.neighbour(now, -i));
  return rows;
}
