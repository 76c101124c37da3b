import type { AnchorRequest, Ns, Segment } from '../../core';
import type { CameraFeed, Session } from './session';

export interface Mark {
  anchor: AnchorRequest;
  time: Ns;
}

/** What the person at the page has chosen: camera, segment, a begun mark. What is chosen is kept for a reload of the tab. */
export class Desk {
  cameraIndex = 0;
  segmentId: string | null = null;
  markIn: Mark | null = null;
  /** A short sentence for the person, and whether it is about something that went wrong. */
  message: { text: string; bad: boolean; atMs: number } | null = null;
  private readonly listeners = new Set<() => void>();
  private readonly key: string;

  constructor(readonly session: Session) {
    this.key = `replay.mark.${session.episode.name}`;
    try {
      this.markIn = JSON.parse(sessionStorage.getItem(this.key) ?? 'null') as Mark | null;
    } catch {
      this.markIn = null;
    }
  }

  get camera(): CameraFeed | null { return this.session.cameras[this.cameraIndex] ?? null; }
  get segment(): Segment | null { return (this.segmentId && this.session.labels.get(this.segmentId)) || null; }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  selectCamera(index: number): void {
    if (index < 0 || index >= this.session.cameras.length) return;
    this.cameraIndex = index;
    this.changed();
  }

  selectSegment(id: string | null): void {
    this.segmentId = id;
    this.changed();
  }

  setMark(mark: Mark | null): void {
    this.markIn = mark;
    if (mark) sessionStorage.setItem(this.key, JSON.stringify(mark));
    else sessionStorage.removeItem(this.key);
    this.changed();
  }

  tell(text: string, bad = false): void {
    this.message = { text, bad, atMs: performance.now() };
    this.changed();
  }

  /** Steps by pictures of the selected camera: to the next one that was recorded, however long ago the last was. */
  step(by: number): void {
    const { clock } = this.session;
    clock.pause();
    const table = this.camera?.table;
    if (!table || table.rows === 0) return;
    const from = table.rowAt(clock.time);
    let row = table.neighbour(from, by);
    // Pictures that came at one instant (a burst without stamps of its own) are one place in time: the last of them is shown there.
    while (from >= 0 && row >= 0 && table.get(row).time === table.get(from).time) row = table.neighbour(row, by);
    if (row >= 0) clock.seek(table.get(row).time);
    this.session.view.reveal(clock.time);
  }

  seek(time: Ns): void {
    this.session.clock.seek(time);
    this.session.view.reveal(this.session.clock.time);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
