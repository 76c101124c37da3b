import { anchorNear, formatTime, type Ns, type Segment, type View } from '../../core';
import type { Desk } from '../episode/desk';
import { el } from '../look/dom';
import { LaneCanvas } from '../look/lane-canvas';
import { palette, verbColour } from '../look/theme';
import type { Track } from './track';

const EDGE_PIXELS = 5;

interface Grabbed {
  id: string;
  edge: 'start' | 'end';
  time: Ns;
}

/** The action segments: click to choose, drag an edge to a picture of the selected camera. */
export class SegmentTrack implements Track {
  readonly element: HTMLElement;
  readonly drag = 'own';
  private readonly canvas: LaneCanvas;
  private readonly lane: HTMLElement;
  private grabbed: Grabbed | null = null;

  constructor(private readonly desk: Desk, private readonly redraw: () => void, private readonly scrub: (event: PointerEvent) => void) {
    this.canvas = new LaneCanvas(redraw);
    this.lane = el('div', { class: 'lane' }, this.canvas.element);
    this.element = el('div', { class: 'track segments' }, el('div', { class: 'gutter' }, el('div', { class: 'title', style: 'height:28px' }, el('span', {}, 'Segments'))), this.lane);
    this.lane.addEventListener('pointerdown', (event) => this.down(event));
    this.lane.addEventListener('pointermove', (event) => {
      if (event.buttons === 0) this.element.classList.toggle('edge', this.edgeAt(event) !== null);
    });
    this.lane.addEventListener('dblclick', (event) => {
      const segment = this.at(event);
      if (segment) this.zoomTo(segment);
    });
  }

  draw(view: View): void {
    const c = this.canvas.begin();
    if (!c) return;
    const { width, height } = this.canvas;
    const colours = palette();
    const { desk } = this;
    for (const segment of desk.session.labels.segments) {
      const [from, to] = this.edges(segment);
      const a = view.x(from, width);
      const b = view.x(to, width);
      if (b < 0 || a > width) continue;
      const selected = segment.id === desk.segmentId;
      const colour = verbColour(segment.verb);
      const w = Math.max(3, b - a - 1);
      c.globalAlpha = selected ? 0.34 : 0.17;
      c.fillStyle = colour;
      c.fillRect(a, 4, w, height - 8);
      c.globalAlpha = 1;
      c.fillRect(a, 4, 3, height - 8);
      if (selected) {
        c.strokeStyle = colour;
        c.lineWidth = 1.5;
        c.strokeRect(a + 0.75, 4.75, w - 1.5, height - 9.5);
        c.lineWidth = 1;
      }
      const left = Math.max(a, 0) + 8;
      if (a + w - left < 20) continue;
      c.fillStyle = segment.verb ? colours.text : colours.muted;
      c.textBaseline = 'middle';
      c.font = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
      c.fillText(shortened(c, segment.verb || 'no verb', a + w - left - 3), left, height / 2 + 0.5);
    }
    if (desk.markIn) {
      const x = view.x(desk.markIn.time, width);
      const now = view.x(desk.session.clock.time, width);
      c.fillStyle = colours.accent;
      c.globalAlpha = 0.15;
      if (now > x) c.fillRect(x, 4, now - x, height - 8);
      c.globalAlpha = 1;
      c.fillRect(x - 0.5, 2, 2, height - 4);
      c.fillText('in', x + 5, height / 2);
    }
  }

  tip(x: number, _y: number, width: number): string | null {
    const { view } = this.desk.session;
    const time = view.time(x, width);
    const segment = this.desk.session.labels.segments.findLast((one) => one.start.time_ns <= time && time < one.end.time_ns);
    return segment ? `${segment.verb || 'no verb'}  ${formatTime(segment.start.time_ns)} – ${formatTime(segment.end.time_ns)}${segment.note ? `  ${segment.note}` : ''}` : null;
  }

  private edges(segment: Segment): [Ns, Ns] {
    const grabbed = this.grabbed?.id === segment.id ? this.grabbed : null;
    return [grabbed?.edge === 'start' ? grabbed.time : segment.start.time_ns, grabbed?.edge === 'end' ? grabbed.time : segment.end.time_ns];
  }

  private timeAt(event: MouseEvent): Ns {
    const box = this.lane.getBoundingClientRect();
    return this.desk.session.view.time(event.clientX - box.left, box.width);
  }

  private at(event: MouseEvent): Segment | undefined {
    const time = this.timeAt(event);
    return this.desk.session.labels.segments.findLast((one) => one.start.time_ns <= time && time < one.end.time_ns);
  }

  /** An edge under the pointer; the chosen segment's first, for two that touch. */
  private edgeAt(event: MouseEvent): { segment: Segment; edge: 'start' | 'end' } | null {
    const { view, labels } = this.desk.session;
    const box = this.lane.getBoundingClientRect();
    const x = event.clientX - box.left;
    const segments = [...labels.segments].sort((a, b) => Number(b.id === this.desk.segmentId) - Number(a.id === this.desk.segmentId));
    for (const segment of segments) {
      for (const edge of ['end', 'start'] as const) if (Math.abs(view.x(segment[edge].time_ns, box.width) - x) <= EDGE_PIXELS) return { segment, edge };
    }
    return null;
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const hit = this.edgeAt(event);
    if (!hit) {
      this.desk.selectSegment(this.at(event)?.id ?? null);
      this.scrub(event);
      return;
    }
    const camera = this.desk.camera;
    if (!camera) return;
    this.desk.selectSegment(hit.segment.id);
    this.desk.session.clock.pause();
    this.lane.setPointerCapture(event.pointerId);
    let anchor: ReturnType<typeof anchorNear> = null;
    const move = (e: PointerEvent): void => {
      anchor = anchorNear(camera.info.name, camera.table, this.timeAt(e));
      if (!anchor) return;
      this.grabbed = { id: hit.segment.id, edge: hit.edge, time: anchor.time };
      this.desk.session.clock.seek(anchor.time);
      this.redraw();
    };
    const up = (): void => {
      this.lane.removeEventListener('pointermove', move);
      const done = (): void => { this.grabbed = null; this.redraw(); };
      const moved = anchor;
      const other = hit.edge === 'start' ? hit.segment.end.time_ns : hit.segment.start.time_ns;
      if (!moved) return done();
      if (hit.edge === 'start' ? moved.time >= other : moved.time <= other) {
        this.desk.tell('The end must come after the start.', true);
        return done();
      }
      void this.desk.session.labels.move(hit.segment.id, { [hit.edge]: moved.anchor }).then(done);
    };
    this.lane.addEventListener('pointermove', move);
    this.lane.addEventListener('pointerup', up, { once: true });
  }

  private zoomTo(segment: Segment): void {
    const margin = (segment.end.time_ns - segment.start.time_ns) * 0.15;
    this.desk.session.view.show(segment.start.time_ns - margin, segment.end.time_ns + margin);
  }
}

/** As much of a word as there is room for, and … where some is missing; nothing where not even a letter fits. */
function shortened(c: CanvasRenderingContext2D, word: string, room: number): string {
  if (c.measureText(word).width <= room) return word;
  for (let letters = word.length - 1; letters > 0; letters--) {
    const text = `${word.slice(0, letters).trimEnd()}…`;
    if (c.measureText(text).width <= room) return text;
  }
  return '';
}
