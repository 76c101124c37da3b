import { formatTime, tickDecimals, tickStep, type View } from '../../core';
import { el } from '../look/dom';
import { LaneCanvas } from '../look/lane-canvas';
import { palette } from '../look/theme';
import type { Track } from './track';

/** Times along the top, minutes and seconds of the episode. */
export class Ruler implements Track {
  readonly element: HTMLElement;
  readonly drag = 'scrub';
  private readonly canvas: LaneCanvas;

  constructor(redraw: () => void) {
    this.canvas = new LaneCanvas(redraw);
    this.element = el('div', { class: 'track ruler' }, el('div', { class: 'gutter' }, el('div', { class: 'title' }, el('span', {}, 'Episode time'), el('span', { class: 'unit' }, 'min:s'))), el('div', { class: 'lane' }, this.canvas.element));
  }

  draw(view: View): void {
    const c = this.canvas.begin();
    if (!c) return;
    const { width, height } = this.canvas;
    const colours = palette();
    const step = tickStep(view.span, width, 84);
    const decimals = tickDecimals(step);
    const minor = step / 5;
    c.strokeStyle = colours.line;
    c.beginPath();
    for (let i = Math.ceil(view.from / minor); i * minor <= view.to; i++) {
      const x = Math.round(view.x(i * minor, width)) + 0.5;
      c.moveTo(x, height);
      c.lineTo(x, height - (i % 5 === 0 ? 8 : 4));
    }
    c.stroke();
    c.fillStyle = colours.muted;
    c.textBaseline = 'middle';
    for (let i = Math.ceil(view.from / step); i * step <= view.to; i++) {
      const x = view.x(i * step, width);
      const text = formatTime(i * step, decimals);
      if (x + c.measureText(text).width + 4 < width) c.fillText(text, x + 4, 9);
    }
  }
}

/** Faint lines at the ruler's marks, under the data of a track. */
export function drawGrid(c: CanvasRenderingContext2D, view: View, width: number, height: number): void {
  const step = tickStep(view.span, width, 84);
  c.strokeStyle = palette().lineSoft;
  c.beginPath();
  for (let i = Math.ceil(view.from / step); i * step <= view.to; i++) {
    const x = Math.round(view.x(i * step, width)) + 0.5;
    c.moveTo(x, 0);
    c.lineTo(x, height);
  }
  c.stroke();
}
