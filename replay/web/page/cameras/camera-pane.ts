import { formatShort, type Camera, type FrameRow, type Ns, type Picture } from '../../core';
import type { CameraFeed } from '../episode/session';
import { el, setText } from '../look/dom';
import './cameras.css';

/** One camera: its picture, pixel by pixel as recorded, and which picture it is. */
export class CameraPane implements Camera {
  readonly element: HTMLElement;
  readonly canvas = el('canvas', { width: 640, height: 480 });
  private readonly context = this.canvas.getContext('2d', { alpha: false })!;
  private readonly figures = el('span', { class: 'figures', title: 'Number of the picture, its time against the clock, standard deviation of its time' });
  private readonly told = el('div', { class: 'told', role: 'status' });
  private frame: FrameRow | null = null;

  constructor(readonly feed: CameraFeed, key: number, select: () => void) {
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', `Picture of camera ${feed.info.name}`);
    this.element = el('section', { class: 'camera', 'aria-label': `Camera ${feed.info.name}`, 'aria-selected': 'false', onclick: select },
      el('header', { class: 'pane-head' }, el('kbd', {}, String(key)), el('strong', {}, feed.info.name), el('span', { class: 'grow' }), this.figures),
      el('div', { class: 'picture' }, this.canvas, this.told));
  }

  get name(): string { return this.feed.info.name; }
  get table(): CameraFeed['table'] { return this.feed.table; }
  get source(): CameraFeed['source'] { return this.feed.source; }

  paint(picture: Picture | null, frame: FrameRow | null): void {
    this.frame = frame;
    if (!picture) {
      this.context.fillStyle = '#000';
      this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
      return;
    }
    if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
      this.canvas.width = picture.width;
      this.canvas.height = picture.height;
    }
    this.context.drawImage(picture as ImageBitmap, 0, 0);
  }

  /** Figures and messages for the instant that is shown. */
  tell(time: Ns, waiting: boolean): void {
    const { frame, table } = this;
    if (!frame) {
      setText(this.figures, '');
      const row = table.rowAt(time);
      const failure = row >= 0 ? this.source.failure(row) : null;
      setText(this.told, failure ?? (table.rows === 0 ? 'No pictures were recorded.' : row < 0 ? `The first picture comes in ${formatShort(table.get(table.neighbour(-1, 1)).time - time)}.` : ''));
      return;
    }
    const age = time - frame.time;
    setText(this.figures, `#${frame.sequence}   ${age === 0 ? '0.0 ms' : formatShort(-age)}${Number.isFinite(frame.sigma) ? `   σ ${formatShort(frame.sigma)}` : ''}`);
    const stale = table.interval > 0 && age > 2.5 * table.interval;
    setText(this.told, waiting ? 'Loading pictures …' : stale ? `No picture for ${formatShort(age)}` : '');
  }

  select(selected: boolean): void {
    this.element.setAttribute('aria-selected', String(selected));
  }
}
