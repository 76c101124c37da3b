import { lastNotAfter, type SeriesTiles, type StreamInfo, type View } from '../../core';
import type { Session } from '../episode/session';
import { el, setText } from '../look/dom';
import { LaneCanvas } from '../look/lane-canvas';
import { palette } from '../look/theme';
import { drawGrid } from './ruler';
import type { Track } from './track';

/** The sound's first channel: least and greatest sample of every stretch, −1 … 1. Where nothing was recorded, nothing is drawn. */
export class WaveTrack implements Track {
  readonly element: HTMLElement;
  readonly drag = 'zoom';
  private readonly canvas: LaneCanvas;
  private readonly tiles: SeriesTiles;
  private readonly told = el('div', {});

  constructor(session: Session, stream: StreamInfo, redraw: () => void) {
    this.canvas = new LaneCanvas(redraw);
    this.tiles = session.peaks(stream);
    const rate = Number(stream.metadata['capture.audio.rate_hz'] ?? 0);
    const channels = Number(stream.metadata['capture.audio.channels'] ?? 1);
    this.element = el('div', { class: 'track plot', style: 'height:52px', 'aria-label': `Waveform of ${stream.name}` },
      el('div', { class: 'gutter' }, el('div', { class: 'title' }, el('span', {}, `${stream.name} sound`), el('span', { class: 'unit' }, '±1')),
        el('div', {}, `${rate ? `${rate / 1000} kHz` : ''}${channels > 1 ? `, ${channels} channels` : ''}`), this.told), el('div', { class: 'lane' }, this.canvas.element));
  }

  figures(): void {
    setText(this.told, this.tiles.error() ?? '');
  }

  draw(view: View): void {
    const c = this.canvas.begin();
    if (!c) return;
    const { width, height } = this.canvas;
    const colours = palette();
    drawGrid(c, view, width, height);
    const middle = height / 2;
    const scale = middle - 3;
    c.fillStyle = colours.lineSoft;
    c.fillRect(0, Math.round(middle), width, 1);
    c.fillStyle = colours.data[0]!;
    for (const { from, to, data } of this.tiles.visible(view.from, view.to, width)) {
      const min = data.min[0]!;
      const max = data.max[0]!;
      const first = Math.max(0, lastNotAfter(data.time, Math.max(from, view.from)));
      for (let i = first; i < data.time.length; i++) {
        const time = data.time[i]!;
        if (time < from || time >= to) {
          if (time >= to) break;
          continue;
        }
        const x = view.x(time, width);
        if (x > width) break;
        const next = i + 1 < data.time.length ? Math.min(view.x(data.time[i + 1]!, width), x + 3) : x + 1;
        const top = middle - max[i]! * scale;
        c.fillRect(x, top, Math.max(0.7, next - x), Math.max(1, (max[i]! - min[i]!) * scale));
      }
    }
  }
}
