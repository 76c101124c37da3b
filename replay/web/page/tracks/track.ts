import type { View } from '../../core';

/** One row of the timeline: a gutter that names it, and a lane over the time that all rows share. */
export interface Track {
  readonly element: HTMLElement;
  /** `zoom`: dragging selects a stretch to zoom to; `scrub`: dragging moves the clock; `own`: the track looks after itself. */
  readonly drag: 'zoom' | 'scrub' | 'own';
  draw(view: View): void;
  /** Figures at the clock; at most a dozen times a second. */
  figures?(): void;
  /** What is under the pointer, for a tip. */
  tip?(x: number, y: number, width: number): string | null;
  close?(): void;
}
