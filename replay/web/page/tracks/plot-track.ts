import { lastNotAfter, levelFor, type NumericRows, type Piece, type SeriesTiles, type View } from '../../core';
import { rateOf, type PlotGroup, type Session } from '../episode/session';
import { el, setText } from '../look/dom';
import { LaneCanvas } from '../look/lane-canvas';
import { palette } from '../look/theme';
import { extent, scaleFor, type Scale } from './plot-scale';
import { drawGrid } from './ruler';
import type { Track } from './track';

const GAP_INTERVALS = 6;

/** Lines of one column each over time: at far zoom the band from least to greatest, near by every row. A hole in the rows is a hole in the line. */
export class PlotTrack implements Track {
  readonly element: HTMLElement;
  readonly drag = 'zoom';
  private readonly canvas: LaneCanvas;
  private readonly tiles: SeriesTiles;
  private readonly rows: NumericRows;
  private readonly values: HTMLElement[];
  private readonly swatches: HTMLElement[];
  private readonly told = el('span', {});
  private readonly intervalNs: number;

  constructor(private readonly session: Session, readonly group: PlotGroup, redraw: () => void, remove: () => void) {
    this.canvas = new LaneCanvas(redraw);
    this.tiles = session.series(group.stream, group.columns);
    this.rows = session.rows(group.stream, group.columns);
    this.intervalNs = 1e9 / rateOf(group.stream);
    this.values = group.labels.map(() => el('span', {}, '–'));
    this.swatches = group.labels.map(() => el('i', {}));
    const height = Math.max(62, 24 + 13 * group.labels.length);
    this.element = el('div', { class: 'track plot', style: `height:${height}px`, 'aria-label': `Plot of ${group.stream.name} ${group.group}` },
      el('div', { class: 'gutter' },
        el('div', { class: 'title', title: `${group.stream.name} ${group.group}` }, el('span', {}, `${group.stream.name} ${group.group}`), el('span', { class: 'unit' }, unitText(group.unit)),
          el('button', { class: 'plain', title: 'Take this plot away', 'aria-label': `Remove plot ${group.group}`, onclick: remove }, '×')),
        ...group.labels.map((label, i) => el('div', { class: 'value' }, this.swatches[i], el('span', {}, label), this.values[i])), this.told),
      el('div', { class: 'lane' }, this.canvas.element));
  }

  figures(): void {
    const values = this.rows.previous(this.session.clock.time, GAP_INTERVALS * this.intervalNs);
    this.values.forEach((element, i) => {
      const value = values?.[i];
      setText(element, value === undefined || Number.isNaN(value) ? '–' : signed(value));
    });
    setText(this.told, this.tiles.error() ?? '');
  }

  draw(view: View): void {
    const c = this.canvas.begin();
    if (!c) return;
    const { width, height } = this.canvas;
    const colours = palette();
    drawGrid(c, view, width, height);
    const pieces = this.tiles.visible(view.from, view.to, width);
    const scale = this.scale(pieces, view, height);
    drawAxis(c, scale, width, height);
    const bucket = 2 ** levelFor(view.span, width) * 1000;
    this.group.columns.forEach((_, i) => {
      const colour = colours.data[i % colours.data.length]!;
      this.swatches[i]!.style.background = colour;
      drawLine(c, pieces, i, view, scale, width, height, colour, Math.max(GAP_INTERVALS * this.intervalNs, 3 * bucket));
    });
    drawAxisText(c, scale, height);
  }

  private scale(pieces: Piece[], view: View, height: number): Scale {
    const range = { low: Infinity, high: -Infinity };
    for (const { from, to, data } of pieces) {
      const first = Math.max(0, lastNotAfter(data.time, Math.max(from, view.from)));
      const last = lastNotAfter(data.time, Math.min(to, view.to));
      extent(data.min.map((min, i) => ({ min, max: data.max[i]! })), first, last, range);
    }
    return scaleFor(range.low, range.high, Math.floor(height / 26));
  }
}

/** Three decimals, a true minus, and no minus before nothing. */
function signed(value: number): string {
  const text = value.toFixed(3);
  return text === '-0.000' ? '0.000' : text.replace('-', '−');
}

function unitText(unit: string | null): string {
  return (unit ?? '').replace('^2', '²');
}

function drawAxis(c: CanvasRenderingContext2D, scale: Scale, width: number, height: number): void {
  c.strokeStyle = palette().lineSoft;
  c.beginPath();
  for (const tick of scale.ticks) {
    const y = Math.round(yOf(tick, scale, height)) + 0.5;
    c.moveTo(0, y);
    c.lineTo(width, y);
  }
  c.stroke();
}

function drawAxisText(c: CanvasRenderingContext2D, scale: Scale, height: number): void {
  const colours = palette();
  c.font = '10px system-ui, sans-serif';
  c.textBaseline = 'middle';
  for (const tick of scale.ticks) {
    const y = yOf(tick, scale, height);
    if (y < 7 || y > height - 6) continue;
    const text = tick.toFixed(scale.decimals).replace('-', '−');
    c.fillStyle = colours.surface;
    c.globalAlpha = 0.85;
    c.fillRect(0, y - 6, c.measureText(text).width + 7, 12);
    c.globalAlpha = 1;
    c.fillStyle = colours.muted;
    c.fillText(text, 4, y + 0.5);
  }
}

function drawLine(c: CanvasRenderingContext2D, pieces: Piece[], column: number, view: View, scale: Scale, width: number, height: number, colour: string, gapNs: number): void {
  c.strokeStyle = colour;
  c.lineWidth = 1.25;
  c.lineJoin = 'round';
  c.beginPath();
  let lastTime = -Infinity;
  for (const { from, to, data } of pieces) {
    const min = data.min[column]!;
    const max = data.max[column]!;
    const first = Math.max(0, lastNotAfter(data.time, Math.max(from, view.from)));
    for (let i = first; i < data.time.length; i++) {
      const time = data.time[i]!;
      if (time < from) continue;
      if (time >= to) break;
      const low = min[i]!;
      if (Number.isNaN(low)) {
        lastTime = -Infinity;
        continue;
      }
      const x = view.x(time, width);
      const yLow = yOf(low, scale, height);
      if (time - lastTime > gapNs) c.moveTo(x, yLow);
      else c.lineTo(x, yLow);
      if (data.bucketed) c.lineTo(x, yOf(max[i]!, scale, height));
      lastTime = time;
      if (x > width) break;
    }
  }
  c.stroke();
  c.lineWidth = 1;
}

function yOf(value: number, scale: Scale, height: number): number {
  return height - 3 - ((value - scale.low) / (scale.high - scale.low)) * (height - 6);
}
