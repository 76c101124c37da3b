import { formatDuration, formatShort, formatTime } from '../../core';
import { nextRate, RATES } from '../keys/keyboard';
import { openJump } from '../keys/jump-sheet';
import { el, icon, setText } from '../look/dom';
import type { Desk } from './desk';

/** Play, step, speed, and where the clock stands. */
export class Transport {
  readonly element: HTMLElement;
  private readonly play = el('button', { class: 'primary', title: 'Play or pause (Space)', 'aria-label': 'Play' }, icon('play'));
  private readonly time = el('button', { class: 'plain clock', title: 'Jump to a time (G)' });
  private readonly total = el('span', { class: 'muted' });
  private readonly rate = el('select', { 'aria-label': 'Speed', title: 'Speed (J, K, L)' }, ...RATES.map((rate) => el('option', { value: String(rate) }, `${rate}×`)));
  private readonly sound = el('button', { class: 'plain', title: 'Sound (M)', 'aria-label': 'Sound', 'aria-pressed': 'false' }, icon('silent'));
  private readonly follow = el('button', { title: 'Follow the growing episode (F)', 'aria-pressed': 'false' }, 'Follow live');
  private readonly behind = el('span', { class: 'muted behind' });
  private shownPlaying: boolean | null = null;
  private shownMuted: boolean | null = null;

  constructor(private readonly desk: Desk, private readonly toggleSound: () => void) {
    const { clock, view, sound, episode } = desk.session;
    this.play.onclick = () => (clock.playing ? clock.pause() : clock.play());
    this.time.onclick = () => { clock.pause(); openJump(clock.time, clock.from, clock.to, (time) => desk.seek(time)); };
    this.rate.onchange = () => clock.setRate(Number(this.rate.value));
    this.sound.onclick = () => this.toggleSound();
    this.sound.disabled = !sound;
    this.follow.onclick = () => (clock.following ? clock.pause() : clock.follow());
    this.follow.hidden = !episode.live;
    const button = (name: 'back' | 'forward' | 'start', title: string, action: () => void): HTMLElement => el('button', { class: 'plain', title, 'aria-label': title, onclick: action }, icon(name));
    this.element = el('div', { class: 'transport', role: 'toolbar', 'aria-label': 'Playback' },
      button('start', 'To the beginning (Home)', () => desk.seek(clock.from)),
      button('back', 'One picture back (←)', () => desk.step(-1)), this.play, button('forward', 'One picture on (→)', () => desk.step(1)),
      this.time, this.total, this.rate, this.sound, this.follow, this.behind, el('span', { class: 'grow' }),
      el('button', { class: 'plain', title: 'Closer (+)', onclick: () => view.zoom(1.6, clock.time) }, 'Zoom in'),
      el('button', { class: 'plain', title: 'Wider (−)', onclick: () => view.zoom(1 / 1.6, clock.time) }, 'Zoom out'),
      el('button', { class: 'plain', title: 'The whole episode', onclick: () => view.all() }, 'All'));
  }

  frame(): void {
    const { clock, sound } = this.desk.session;
    setText(this.time, formatTime(clock.time));
    setText(this.total, `of ${formatDuration(clock.to - clock.from)}`);
    if (this.shownPlaying !== clock.playing) {
      this.shownPlaying = clock.playing;
      this.play.replaceChildren(icon(clock.playing ? 'pause' : 'play'));
      this.play.setAttribute('aria-label', clock.playing ? 'Pause' : 'Play');
    }
    if (document.activeElement !== this.rate) {
      const value = String(RATES.find((rate) => Math.abs(rate - clock.rate) < 1e-6) ?? nextRate(clock.rate, 1));
      if (this.rate.value !== value) this.rate.value = value;
    }
    const muted = sound?.muted ?? true;
    if (this.shownMuted !== muted) {
      this.shownMuted = muted;
      this.sound.replaceChildren(icon(muted ? 'silent' : 'sound'));
      this.sound.setAttribute('aria-pressed', String(!muted));
    }
    this.follow.setAttribute('aria-pressed', String(clock.following));
    setText(this.behind, clock.following ? `${formatShort(Math.max(0, Math.round((this.desk.session.newest - clock.time) / 1e7) * 1e7))} behind the newest row` : clock.held ? 'Waiting for pictures …' : '');
  }
}
