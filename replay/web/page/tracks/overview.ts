import type { View } from '../../core';
import type { Desk } from '../episode/desk';
import { isSample } from '../episode/session';
import { el } from '../look/dom';
import { LaneCanvas } from '../look/lane-canvas';
import { palette, verbColour } from '../look/theme';
import type { Track } from './track';

/** The whole episode in one strip: segments, losses of any stream, where the clock stands and what the tracks below show. */
export class Overview implements Track {
  readonly element: HTMLElement;
  readonly drag = 'own';
  private readonly canvas: LaneCanvas;
  private readonly lane: HTMLElement;

  constructor(private readonly desk: Desk, redraw: () => void) {
    this.canvas = new LaneCanvas(redraw);
    this.lane = el('div', { class: 'lane' }, this.canvas.element);
    this.element = el('div', { class: 'track overview', title: 'The whole episode: drag the window, or click to go there' },
      el('div', { class: 'gutter' }, el('div', { class: 'title', style: 'height:24px' }, el('span', {}, 'Overview'))), this.lane);
    this.lane.addEventListener('pointerdown', (event) => this.grab(event));
  }

  draw(view: View): void {
    const c = this.canvas.begin();
    if (!c) return;
    const { width, height } = this.canvas;
    const colours = palette();
    const { session } = this.desk;
    const x = (time: number): number => ((time - view.min) / (view.max - view.min)) * width;
    c.fillStyle = colours.track;
    c.fillRect(0, 13, width, 4);
    for (const segment of session.labels.segments) {
      c.fillStyle = verbColour(segment.verb);
      c.globalAlpha = segment.id === this.desk.segmentId ? 1 : 0.7;
      const from = x(segment.start.time_ns);
      c.fillRect(from, 10, Math.max(1.5, x(segment.end.time_ns) - from - 1), 10);
    }
    c.globalAlpha = 1;
    c.fillStyle = colours.bad;
    for (const stream of session.episode.streams.filter(isSample)) for (const gap of stream.gaps) c.fillRect(x(gap.from_ns), 23, Math.max(2, x(gap.to_ns) - x(gap.from_ns)), 3);
    if (!view.whole) {
      const from = x(view.from);
      const to = x(view.to);
      c.fillStyle = colours.accent;
      c.globalAlpha = 0.1;
      c.fillRect(from, 0, to - from, height);
      c.globalAlpha = 1;
      c.strokeStyle = colours.accent;
      c.strokeRect(Math.round(from) + 0.5, 1.5, Math.max(3, Math.round(to - from) - 1), height - 3);
    }
    c.fillStyle = colours.accent;
    c.fillRect(x(session.clock.time) - 0.75, 0, 1.5, height);
  }

  private grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { view, clock } = this.desk.session;
    const timeAt = (e: PointerEvent): number => {
      const box = this.lane.getBoundingClientRect();
      return view.min + ((e.clientX - box.left) / box.width) * (view.max - view.min);
    };
    const begun = timeAt(event);
    const moves = !view.whole && begun >= view.from && begun <= view.to;
    const start = view.from;
    const span = view.span;
    const act = (e: PointerEvent): void => {
      if (moves) view.show(start + timeAt(e) - begun, start + timeAt(e) - begun + span);
      else {
        clock.seek(timeAt(e));
        if (!view.whole) view.show(clock.time - span / 2, clock.time + span / 2);
      }
    };
    if (!moves) act(event);
    this.lane.setPointerCapture(event.pointerId);
    this.lane.addEventListener('pointermove', act);
    this.lane.addEventListener('pointerup', () => this.lane.removeEventListener('pointermove', act), { once: true });
  }
}
