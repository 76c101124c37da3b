import type { Ns } from './clock';

const MIN_SPAN_NS = 2e6;

/** The stretch of time that all tracks show: one zoom for the timeline, the sound and the plots. */
export class View {
  private fromNs: Ns;
  private toNs: Ns;
  private readonly listeners = new Set<() => void>();

  constructor(private minNs: Ns, private maxNs: Ns) {
    this.fromNs = minNs;
    this.toNs = maxNs;
  }

  get from(): Ns { return this.fromNs; }
  get to(): Ns { return this.toNs; }
  get span(): Ns { return this.toNs - this.fromNs; }
  get min(): Ns { return this.minNs; }
  get max(): Ns { return this.maxNs; }
  get whole(): boolean { return this.fromNs <= this.minNs && this.toNs >= this.maxNs; }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The range that there is. A view of all of it stays a view of all of it. */
  setLimits(min: Ns, max: Ns): void {
    if (min === this.minNs && max === this.maxNs) return;
    const whole = this.whole;
    this.minNs = min;
    this.maxNs = Math.max(max, min + MIN_SPAN_NS);
    if (whole) this.show(this.minNs, this.maxNs);
    else this.show(this.fromNs, this.toNs);
  }

  show(from: Ns, to: Ns): void {
    const span = Math.min(this.maxNs - this.minNs, Math.max(MIN_SPAN_NS, to - from));
    let start = to - from < MIN_SPAN_NS ? (from + to - span) / 2 : from;
    start = Math.min(this.maxNs - span, Math.max(this.minNs, start));
    this.fromNs = Math.round(start);
    this.toNs = Math.round(start + span);
    for (const listener of this.listeners) listener();
  }

  all(): void {
    this.show(this.minNs, this.maxNs);
  }

  /** Zooms by a factor (> 1: closer) and keeps `around` where it is on the screen. */
  zoom(factor: number, around: Ns): void {
    const part = (around - this.fromNs) / this.span;
    const span = Math.min(this.maxNs - this.minNs, Math.max(MIN_SPAN_NS, this.span / factor));
    this.show(around - part * span, around + (1 - part) * span);
  }

  pan(by: Ns): void {
    this.show(this.fromNs + by, this.toNs + by);
  }

  /** Turns a page when a time has left the view. */
  reveal(time: Ns): void {
    if (time >= this.fromNs && time <= this.toNs) return;
    const start = time > this.toNs ? time - this.span * 0.05 : time - this.span * 0.5;
    this.show(start, start + this.span);
  }

  x(time: Ns, width: number): number {
    return ((time - this.fromNs) / this.span) * width;
  }

  time(x: number, width: number): Ns {
    return Math.round(this.fromNs + (x / Math.max(1, width)) * this.span);
  }
}
