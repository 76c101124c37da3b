import { formatShort, type Gap, type StreamInfo, type View } from '../../core';
import { rateOf } from '../episode/session';
import { el, setText } from '../look/dom';
import { LaneCanvas } from '../look/lane-canvas';
import { palette } from '../look/theme';
import type { Track } from './track';

/** One stream from its first row to its last, and where rows are missing. */
export class StreamLane implements Track {
  readonly element: HTMLElement;
  readonly drag = 'scrub';
  private readonly canvas: LaneCanvas;
  private readonly lost = el('span', { class: 'lost' });
  private view: View | null = null;

  constructor(private readonly stream: StreamInfo, redraw: () => void) {
    this.canvas = new LaneCanvas(redraw);
    const hz = rateOf(stream);
    const rate = `${Number(hz.toFixed(hz < 10 ? 1 : 0))} Hz`;
    this.element = el('div', { class: 'track stream' },
      el('div', { class: 'gutter' }, el('span', { title: `${stream.kind}${stream.clock ? `, clock ${stream.clock}` : ''}` }, stream.name), el('span', {}, rate), this.lost), el('div', { class: 'lane' }, this.canvas.element));
    this.figures();
  }

  figures(): void {
    const { gaps } = this.stream;
    const known = gaps.reduce((sum, gap) => sum + (gap.count ?? 0), 0);
    const unit = this.stream.kind === 'audio.period' ? ' frames' : '';
    setText(this.lost, gaps.length === 0 ? '' : known > 0 ? `${known.toLocaleString('en')}${unit} lost` : `${gaps.length} gap${gaps.length > 1 ? 's' : ''}`);
    this.lost.classList.toggle('some', gaps.length > 0);
  }

  draw(view: View): void {
    this.view = view;
    const c = this.canvas.begin();
    if (!c || !this.stream.time_range_ns) return;
    const { width } = this.canvas;
    const colours = palette();
    const [from, to] = this.stream.time_range_ns;
    const x0 = Math.max(-2, view.x(from, width));
    const x1 = Math.min(width + 2, view.x(to, width));
    c.fillStyle = colours.track;
    if (x1 > x0) c.fillRect(x0, 4, x1 - x0, 6);
    for (const gap of this.stream.gaps) {
      const a = view.x(gap.from_ns, width);
      const b = view.x(gap.to_ns, width);
      if (b < 0 || a > width) continue;
      const shown = Math.max(3, b - a);
      c.fillStyle = colours.surface;
      c.fillRect(a - 1, 3, shown + 2, 8);
      c.fillStyle = colours.bad;
      c.fillRect(a, 3, shown, 8);
    }
  }

  tip(x: number, _y: number, width: number): string | null {
    if (!this.view) return null;
    const time = this.view.time(x, width);
    const slack = (this.view.span / Math.max(1, width)) * 4;
    const gap = this.stream.gaps.find((one) => time >= one.from_ns - slack && time <= one.to_ns + slack);
    return gap ? gapText(this.stream, gap) : null;
  }
}

function gapText(stream: StreamInfo, gap: Gap): string {
  const unit = stream.kind === 'audio.period' ? 'frames' : stream.kind === 'camera.frame' ? 'pictures' : 'rows';
  const count = gap.count === null ? `unknown number of ${unit}` : `${gap.count.toLocaleString('en')} ${unit}`;
  return `${stream.name}: ${count} lost, ${gap.reason}, ${formatShort(gap.to_ns - gap.from_ns)}`;
}
