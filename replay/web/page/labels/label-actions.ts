import { anchorAtRow, formatTime, type Segment } from '../../core';
import type { Desk, Mark } from '../episode/desk';

/** What a person does to segments. Every action is sent to the server at once. */
export class LabelActions {
  /** Opens the list of verbs for a segment. */
  onChooseVerb: (id: string) => void = () => {};
  onEditNote: (id: string) => void = () => {};

  constructor(private readonly desk: Desk) {}

  /** `I`: a segment begins at the picture of the selected camera. */
  markIn(): void {
    const mark = this.here();
    if (!mark) return;
    this.desk.setMark(mark);
    this.desk.tell('');
  }

  /** `O`: it ends here, is saved, and gets its verb. */
  async markOut(): Promise<void> {
    const { desk } = this;
    const end = this.here();
    if (!end) return;
    const begun = desk.markIn;
    if (!begun) return desk.tell('Mark the beginning first: I.', true);
    if (end.time <= begun.time) return desk.tell(`The end must come after the beginning at ${formatTime(begun.time)}.`, true);
    const id = crypto.randomUUID();
    const saved = await desk.session.labels.create(id, begun.anchor, end.anchor);
    if (!saved) return;
    desk.setMark(null);
    desk.selectSegment(id);
    desk.tell('');
    this.onChooseVerb(id);
  }

  /** `[` and `]`: an edge of the chosen segment comes to the picture here. */
  async moveEdge(edge: 'start' | 'end'): Promise<void> {
    const segment = this.chosen();
    const here = segment && this.here();
    if (!segment || !here) return;
    const bad = edge === 'start' ? here.time >= segment.end.time_ns : here.time <= segment.start.time_ns;
    if (bad) return this.desk.tell('The end must come after the start.', true);
    await this.desk.session.labels.move(segment.id, { [edge]: here.anchor });
  }

  async delete(): Promise<void> {
    const segment = this.chosen();
    if (!segment) return;
    const { labels } = this.desk.session;
    const at = labels.segments.indexOf(segment);
    await labels.delete(segment.id);
    if (labels.get(segment.id)) return;
    const next = labels.segments[Math.min(at, labels.segments.length - 1)];
    this.desk.selectSegment(next?.id ?? null);
    this.desk.tell(`Deleted ${segment.verb || 'a segment'}. U brings it back.`);
  }

  async undo(): Promise<void> {
    const { labels } = this.desk.session;
    if (!labels.canUndo) return this.desk.tell('There is nothing to undo.');
    const operation = await labels.undo();
    if (!operation) return;
    if (labels.get(operation.id)) this.desk.selectSegment(operation.id);
    this.desk.tell(labels.state.kind === 'failed' ? '' : 'Undone.');
  }

  chooseVerb(): void {
    const segment = this.chosen();
    if (segment) this.onChooseVerb(segment.id);
  }

  editNote(): void {
    const segment = this.chosen();
    if (segment) this.onEditNote(segment.id);
  }

  /** `↑` and `↓`: the segment before or after the chosen one, or the one nearest to the clock. */
  walk(by: number): void {
    const { session, segmentId } = this.desk;
    const list = session.labels.segments;
    if (list.length === 0) return;
    const at = list.findIndex((segment) => segment.id === segmentId);
    const time = session.clock.time;
    const next = at >= 0 ? at + by : by > 0 ? list.findIndex((segment) => segment.start.time_ns >= time) : list.findLastIndex((segment) => segment.start.time_ns <= time);
    const segment = list[Math.min(list.length - 1, Math.max(0, next))]!;
    this.goTo(segment);
  }

  goTo(segment: Segment): void {
    this.desk.selectSegment(segment.id);
    this.desk.session.clock.pause();
    this.desk.seek(segment.start.time_ns);
  }

  /** `Z`: the chosen segment fills the timeline; again: all of the episode. */
  zoom(): void {
    const { session, segment } = this.desk;
    if (!segment) return session.view.all();
    const margin = (segment.end.time_ns - segment.start.time_ns) * 0.15;
    const from = segment.start.time_ns - margin;
    const to = segment.end.time_ns + margin;
    const there = Math.abs(session.view.from - Math.max(session.view.min, from)) < 2e6 && Math.abs(session.view.to - Math.min(session.view.max, to)) < 2e6;
    if (there) session.view.all();
    else session.view.show(from, to);
  }

  private chosen(): Segment | null {
    const { segment } = this.desk;
    if (!segment) this.desk.tell('No segment is chosen: ↑ and ↓ walk through them.');
    return segment;
  }

  private here(): Mark | null {
    const camera = this.desk.camera;
    if (!camera) {
      this.desk.tell('This episode has no camera to mark on.', true);
      return null;
    }
    const row = camera.table.rowAt(this.desk.session.clock.time);
    if (row < 0) {
      this.desk.tell(`${camera.info.name} has no picture here yet.`, true);
      return null;
    }
    return { anchor: anchorAtRow(camera.info.name, camera.table, row), time: camera.table.get(row).time };
  }
}
