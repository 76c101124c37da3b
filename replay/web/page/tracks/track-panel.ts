import type { Ns, StreamInfo } from '../../core';
import type { Desk } from '../episode/desk';
import { isSample, type PlotGroup } from '../episode/session';
import { el } from '../look/dom';
import { onThemeChange } from '../look/theme';
import { Overview } from './overview';
import { PlotTrack } from './plot-track';
import { Ruler } from './ruler';
import { SegmentTrack } from './segment-track';
import { StreamLane } from './stream-lane';
import type { Track } from './track';
import { WaveTrack } from './wave-track';
import './tracks.css';

const FIGURES_EVERY_MS = 80;
const DRAG_PIXELS = 4;
const REDRAW_EVERY_MS = 200;
const PLOTS_KEY = 'replay.plots';

/** The timeline: rows over one stretch of time, one playhead through all of them. Wheel zooms, dragging over a plot zooms to the stretch, everything else scrubs. */
export class TrackPanel {
  readonly element: HTMLElement;
  private readonly fixed = el('div', { class: 'fixed' });
  private readonly scroll = el('div', { class: 'scroll', tabIndex: -1 });
  private readonly playarea = el('div', { class: 'playarea' });
  private readonly playhead = el('div', { class: 'playhead' });
  private readonly zoombox = el('div', { class: 'zoombox' });
  private readonly tip = el('div', { class: 'hovertip' });
  private readonly plots: PlotTrack[] = [];
  private readonly plotPlace = el('div');
  private readonly choice = el('select', { 'aria-label': 'Add a plot' });
  private tracks: Track[] = [];
  private readonly groups: PlotGroup[];
  private laneWidth = 0;
  private dirty = true;
  private drawnAt = 0;
  private overviewAt = NaN;
  private figuresAt = 0;
  private readonly unsubscribe: (() => void)[];

  constructor(private readonly desk: Desk) {
    const { session } = desk;
    const redraw = (): void => { this.dirty = true; };
    this.groups = session.plotGroups();
    const top: Track[] = [new Overview(desk, redraw), new Ruler(redraw), new SegmentTrack(desk, redraw, (event) => this.scrub(event))];
    const lanes = [...session.episode.streams].filter(isSample).sort((a, b) => laneRank(a) - laneRank(b)).map((stream) => new StreamLane(stream, redraw));
    const waves = session.soundStream ? [new WaveTrack(session, session.soundStream, redraw)] : [];
    this.tracks = [...top, ...lanes, ...waves];
    this.playarea.append(this.playhead, this.zoombox);
    this.fixed.append(...top.map((track) => track.element));
    const spacer = (name: string): HTMLElement => el('div', { class: `track ${name}` }, el('div', { class: 'gutter' }), el('div', { class: 'lane' }));
    this.scroll.append(spacer('lanes-head'), ...lanes.map((track) => track.element), spacer('lanes-foot'), ...waves.map((track) => track.element), this.plotPlace,
      el('div', { class: 'track add' }, el('div', { class: 'gutter' }, this.choice), el('div', { class: 'lane' })));
    this.element = el('section', { class: 'tracks', 'aria-label': 'Timeline' }, this.fixed, this.scroll, this.playarea, this.tip);
    this.choice.addEventListener('change', () => {
      const group = this.groups.find((one) => plotKey(one) === this.choice.value);
      if (group) this.add(group);
    });
    for (const group of this.chosenGroups()) this.add(group, false);
    this.offer();
    this.element.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    this.element.addEventListener('pointerdown', (event) => this.down(event));
    this.element.addEventListener('pointermove', (event) => this.hover(event));
    this.element.addEventListener('pointerleave', () => { this.tip.style.display = 'none'; });
    this.element.addEventListener('dblclick', (event) => { if (this.trackAt(event.target)?.drag === 'zoom') session.view.all(); });
    this.unsubscribe = [session.view.onChange(redraw), session.labels.onChange(redraw), desk.onChange(redraw), onThemeChange(redraw)];
    new ResizeObserver(() => {
      this.laneWidth = this.fixed.querySelector<HTMLElement>('.lane')!.clientWidth;
      this.playarea.style.width = `${this.laneWidth}px`;
      redraw();
    }).observe(this.fixed);
  }

  /** Something arrived or changed. */
  invalidate(): void {
    this.dirty = true;
  }

  /** Called once an animation frame. */
  frame(nowMs: number): void {
    const { session } = this.desk;
    const width = this.laneWidth;
    const x = session.view.x(session.clock.time, width);
    this.playhead.style.transform = `translateX(${x.toFixed(2)}px)`;
    this.playhead.style.visibility = x >= -6 && x <= width + 6 ? 'visible' : 'hidden';
    if (session.clock.playing) session.view.reveal(session.clock.time);
    // While playing, the pictures come first: the tracks are drawn anew a few times a second only.
    if (this.dirty && (!session.clock.playing || nowMs - this.drawnAt > REDRAW_EVERY_MS)) {
      this.dirty = false;
      this.drawnAt = nowMs;
      for (const track of this.tracks) track.draw(session.view);
    } else if (this.overviewAt !== this.overviewPixel) {
      this.tracks[0]!.draw(session.view);
      if (this.desk.markIn) this.tracks[2]!.draw(session.view);
    }
    this.overviewAt = this.overviewPixel;
    if (nowMs - this.figuresAt > FIGURES_EVERY_MS) {
      this.figuresAt = nowMs;
      for (const track of this.tracks) track.figures?.();
    }
  }

  close(): void {
    for (const stop of this.unsubscribe) stop();
  }

  /** Where the clock stands in the overview, in half pixels: it is drawn again only when that changes. */
  private get overviewPixel(): number {
    const { view, clock } = this.desk.session;
    return Math.round(((clock.time - view.min) / (view.max - view.min)) * this.laneWidth * 2);
  }

  private get lane(): DOMRect {
    return this.fixed.querySelector('.lane')!.getBoundingClientRect();
  }

  private timeAt(event: MouseEvent): Ns {
    const box = this.lane;
    return this.desk.session.view.time(event.clientX - box.left, box.width);
  }

  private trackAt(target: EventTarget | null): Track | undefined {
    const element = (target as Element | null)?.closest('.track');
    return element && (target as Element).closest('.lane') ? this.tracks.find((track) => track.element === element) : undefined;
  }

  private wheel(event: WheelEvent): void {
    if (!(event.target as Element).closest('.lane')) return;
    event.preventDefault();
    const { view } = this.desk.session;
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways) view.pan(((event.deltaX || event.deltaY) / Math.max(1, this.laneWidth)) * view.span);
    else view.zoom(Math.exp(-event.deltaY * 0.0016), this.timeAt(event));
  }

  private down(event: PointerEvent): void {
    const track = this.trackAt(event.target);
    if (!track || event.button !== 0 || track.drag === 'own') return;
    if (track.drag === 'scrub') this.scrub(event);
    else this.dragZoom(event);
  }

  private scrub(event: PointerEvent): void {
    const { clock } = this.desk.session;
    const was = clock.playing && !clock.following;
    clock.pause();
    clock.seek(this.timeAt(event));
    const move = (e: PointerEvent): void => clock.seek(this.timeAt(e));
    this.track(event, move, () => { if (was) clock.play(); });
  }

  private dragZoom(event: PointerEvent): void {
    const { clock, view } = this.desk.session;
    const box = this.lane;
    const startX = event.clientX - box.left;
    const from = this.timeAt(event);
    let dragged = false;
    this.track(event, (e) => {
      const x = Math.min(box.width, Math.max(0, e.clientX - box.left));
      dragged ||= Math.abs(x - startX) > DRAG_PIXELS;
      if (!dragged) return;
      Object.assign(this.zoombox.style, { display: 'block', left: `${Math.min(x, startX)}px`, width: `${Math.abs(x - startX)}px` });
    }, (e) => {
      this.zoombox.style.display = 'none';
      const to = this.timeAt(e);
      if (dragged) view.show(Math.min(from, to), Math.max(from, to));
      else clock.seek(from);
    });
  }

  private track(event: PointerEvent, move: (event: PointerEvent) => void, up: (event: PointerEvent) => void): void {
    this.element.setPointerCapture(event.pointerId);
    this.element.addEventListener('pointermove', move);
    const end = (e: PointerEvent): void => {
      this.element.removeEventListener('pointermove', move);
      this.element.removeEventListener('pointerup', end);
      this.element.removeEventListener('pointercancel', end);
      up(e);
    };
    this.element.addEventListener('pointerup', end);
    this.element.addEventListener('pointercancel', end);
  }

  private hover(event: PointerEvent): void {
    const track = event.buttons === 0 ? this.trackAt(event.target) : undefined;
    const box = this.lane;
    const text = track?.tip?.(event.clientX - box.left, event.clientY, box.width) ?? null;
    this.tip.style.display = text ? 'block' : 'none';
    if (!text) return;
    this.tip.textContent = text;
    const outer = this.element.getBoundingClientRect();
    this.tip.style.left = `${Math.max(4, Math.min(outer.width - this.tip.offsetWidth - 8, event.clientX - outer.left + 12))}px`;
    this.tip.style.top = `${Math.max(2, event.clientY - outer.top - 28)}px`;
  }

  private chosenGroups(): PlotGroup[] {
    const stored = localStorage.getItem(PLOTS_KEY);
    const keys = stored ? stored.split('\n') : null;
    const chosen = keys ? this.groups.filter((group) => keys.includes(plotKey(group))) : [];
    if (chosen.length > 0) return chosen;
    const arm = this.groups.filter((group) => group.stream.kind === 'joint.state' && group.group === 'position');
    const first = arm.find((group) => !group.stream.name.includes('leader')) ?? arm[0];
    return [...(first ? [first] : []), ...this.groups.filter((group) => group.stream.kind === 'imu.sample').slice(0, 2)];
  }

  private add(group: PlotGroup, keep = true): void {
    if (this.plots.some((plot) => plot.group === group)) return;
    const plot: PlotTrack = new PlotTrack(this.desk.session, group, () => { this.dirty = true; }, () => this.remove(plot));
    this.plots.push(plot);
    this.tracks.push(plot);
    this.plotPlace.append(plot.element);
    if (keep) this.keep();
  }

  private remove(plot: PlotTrack): void {
    plot.element.remove();
    this.plots.splice(this.plots.indexOf(plot), 1);
    this.tracks = this.tracks.filter((track) => track !== plot);
    this.keep();
  }

  private keep(): void {
    localStorage.setItem(PLOTS_KEY, this.plots.map((plot) => plotKey(plot.group)).join('\n'));
    this.offer();
    this.dirty = true;
  }

  private offer(): void {
    const rest = this.groups.filter((group) => !this.plots.some((plot) => plot.group === group));
    this.choice.replaceChildren(el('option', { value: '' }, 'Add a plot …'), ...rest.map((group) => el('option', { value: plotKey(group) }, `${group.stream.name} ${group.group}`)));
    this.choice.value = '';
  }
}

/** Pictures first, then sound, what moves, what is felt; streams of a kind as they stand in the episode. */
function laneRank(stream: StreamInfo): number {
  const kinds = ['camera.frame', 'audio.period', 'mocap.frame', 'joint.state', 'joint.command', 'imu.sample'];
  const at = kinds.indexOf(stream.kind);
  return at < 0 ? kinds.length : at;
}

function plotKey(group: PlotGroup): string {
  return `${group.stream.name} ${group.group}`;
}
