import type { Ns } from '../time/clock';
import type { FrameSource, Picture } from './frame-source';
import type { FrameRow, FrameTable } from './frame-table';
import { shownInstant, shownStep, wantedRows } from './wanted';

export interface Camera {
  readonly name: string;
  readonly table: FrameTable;
  readonly source: FrameSource;
  /** Draws a picture, or clears when the camera has none at that instant. Must be synchronous. */
  paint(picture: Picture | null, frame: FrameRow | null): void;
}


/**
 * All cameras of an episode: they are drawn together in one call, or not at all, so no two of them ever show different instants. While pictures are missing the last
 * drawn instant stays.
 */
export class Stage {
  private readonly drawnRows = new Map<string, number>();
  private wantedKey = '';
  /** The instant that the cameras show; NaN before the first. */
  drawnInstant = NaN;

  constructor(readonly cameras: readonly Camera[]) {}

  drawn(name: string): FrameRow | null {
    const camera = this.cameras.find((one) => one.name === name);
    const row = this.drawnRows.get(name) ?? -1;
    return camera && row >= 0 ? camera.table.get(row) : null;
  }

  /** Draws the instant of the clock when every camera has its picture. Says whether it is shown now. */
  draw(time: Ns, playing: boolean, rate: number): boolean {
    const interval = Math.min(...this.cameras.map((camera) => camera.table.interval || Infinity));
    const step = playing && Number.isFinite(interval) ? shownStep(rate, interval) : 0;
    const instant = shownInstant(time, step);
    const rows = this.cameras.map((camera) => camera.table.rowAt(instant));
    this.want(instant, step, playing, rows);
    const pictures = this.cameras.map((camera, i) => (rows[i]! < 0 ? null : camera.source.get(rows[i]!)));
    if (pictures.some((picture, i) => picture === undefined && this.cameras[i]!.source.failure(rows[i]!) === null)) return false;
    this.cameras.forEach((camera, i) => {
      const row = rows[i]!;
      const picture = pictures[i] ?? null;
      if (this.drawnRows.get(camera.name) === row && picture !== null) return;
      camera.paint(picture, row < 0 ? null : camera.table.get(row));
      this.drawnRows.set(camera.name, picture === null ? -1 : row);
    });
    this.drawnInstant = instant;
    return true;
  }

  private want(instant: Ns, step: Ns, playing: boolean, rows: number[]): void {
    const key = `${rows.join()}/${step}/${playing}/${this.cameras.map((camera) => camera.table.rows).join()}`;
    const failed = this.cameras.some((camera, i) => rows[i]! >= 0 && camera.source.failure(rows[i]!) !== null);
    if (key === this.wantedKey && !failed) return;
    this.wantedKey = key;
    for (const camera of this.cameras) camera.source.want(wantedRows(camera.table, instant, step, playing));
  }
}
