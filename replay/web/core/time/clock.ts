/** Integer nanoseconds of episode time (relative to the episode's anchor; negative is pre-roll). Exact up to 104 days. */
export type Ns = number;

export const NS_PER_S = 1e9;
export const NS_PER_MS = 1e6;

/** Milliseconds that only grow; `performance.now` in the page, a hand in tests. */
export type TimeSource = () => number;

export const MIN_RATE = 0.1;
export const MAX_RATE = 4;

export type ClockChange = 'play' | 'pause' | 'seek' | 'rate' | 'range' | 'follow';

/** Data of a growing episode comes in bursts. Following keeps just so far behind that the newest data is nearly used up when more comes: what was left over
 * in each stretch of time is caught up, never so fast that it is seen. */
const FOLLOW_SPARE_NS = 25 * NS_PER_MS;
const FOLLOW_STRETCH_MS = 700;
const FOLLOW_CATCH_UP = 1.12;
/** Farther than this behind what is recorded it hurries to the edge of what can be shown, though it may have to wait there; still farther, it jumps. */
const FOLLOW_HURRY_NS = 150 * NS_PER_MS;
const FOLLOW_HURRY = 1.4;
const FOLLOW_JUMP_NS = 800 * NS_PER_MS;
const FOLLOW_LEAP_TO_NS = 200 * NS_PER_MS;

/**
 * The one clock of a page: episode time that plays, pauses, seeks and follows a growing end. Everything that is shown asks it, nothing keeps a time of its own.
 * `time` moves only in `tick`, so all that is drawn in one animation frame sees the same instant.
 */
export class Clock {
  private readonly listeners = new Set<(change: ClockChange) => void>();
  private exact: number;
  private lastMs: number;
  private isPlaying = false;
  private isFollowing = false;
  private isHeld = false;
  private speed = 1;
  private fromNs: Ns;
  private toNs: Ns;
  private newestNs: Ns;
  private stretch = { sinceMs: 0, least: Infinity, speed: 1 };
  /** Counts the jumps: sound that was laid before the last one is stale. */
  jumps = 0;

  constructor(private readonly source: TimeSource, from: Ns, to: Ns) {
    this.fromNs = from;
    this.toNs = Math.max(from, to);
    this.newestNs = this.toNs;
    this.exact = from;
    this.lastMs = source();
  }

  get time(): Ns { return Math.floor(this.exact); }
  get playing(): boolean { return this.isPlaying; }
  get following(): boolean { return this.isFollowing; }
  get rate(): number { return this.speed; }
  get from(): Ns { return this.fromNs; }
  get to(): Ns { return this.toNs; }
  /** Waiting for pictures: plays on as soon as they are there. */
  get held(): boolean { return this.isHeld; }

  onChange(listener: (change: ClockChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  play(): void {
    if (this.isPlaying) return;
    if (this.exact >= this.toNs && !this.isFollowing) this.jump(this.fromNs);
    this.lastMs = this.source();
    this.isPlaying = true;
    this.tell('play');
  }

  pause(): void {
    if (!this.isPlaying) return;
    this.tick();
    this.isPlaying = false;
    this.isHeld = false;
    if (this.isFollowing) this.stopFollowing();
    this.tell('pause');
  }

  /** Jumps to a time, cut to the range. Leaves follow mode; playing goes on. */
  seek(time: Ns): void {
    if (this.isFollowing) this.stopFollowing();
    this.jump(time);
    this.tell('seek');
  }

  setRate(rate: number): void {
    if (!Number.isFinite(rate)) return;
    const cut = Math.min(MAX_RATE, Math.max(MIN_RATE, rate));
    if (cut === this.speed) return;
    this.tick();
    this.speed = cut;
    this.tell('rate');
  }

  /** The range that can be played; grows while an episode is recorded. `newest`: what was recorded already, though it cannot be shown yet. */
  setRange(from: Ns, to: Ns, newest: Ns = to): void {
    this.newestNs = Math.max(to, newest);
    if (from === this.fromNs && to === this.toNs) return;
    this.fromNs = from;
    this.toNs = Math.max(from, to);
    this.exact = Math.min(this.toNs, Math.max(this.fromNs, this.exact));
    this.tell('range');
  }

  /** Plays at the growing end: never beyond the newest data, as near to it as it comes without a stall. */
  follow(): void {
    if (this.isFollowing) return;
    this.isFollowing = true;
    this.speed = 1;
    this.jump(this.toNs - FOLLOW_SPARE_NS);
    this.stretch = { sinceMs: this.source(), least: Infinity, speed: 1 };
    this.lastMs = this.source();
    this.isPlaying = true;
    this.tell('follow');
  }

  hold(held: boolean): void {
    if (held === this.isHeld) return;
    this.tick();
    this.isHeld = held;
  }

  /** Moves to now. Called once an animation frame, before anything is drawn. */
  tick(): Ns {
    const nowMs = this.source();
    const elapsedMs = Math.max(0, nowMs - this.lastMs);
    this.lastMs = nowMs;
    if (!this.isPlaying || this.isHeld) return this.time;
    let speed = this.speed;
    if (this.isFollowing) {
      // What cannot be shown in time is left out: a live picture is worth more than every picture.
      if (this.newestNs - this.exact > FOLLOW_JUMP_NS) this.leap();
      speed = this.followSpeed(nowMs);
    }
    this.exact += elapsedMs * NS_PER_MS * speed;
    if (this.exact >= this.toNs) {
      this.exact = this.toNs;
      if (!this.isFollowing) {
        this.isPlaying = false;
        this.tell('pause');
      }
    }
    return this.time;
  }

  private followSpeed(nowMs: number): number {
    const behind = this.toNs - this.exact;
    this.stretch.least = Math.min(this.stretch.least, behind);
    if (nowMs - this.stretch.sinceMs > FOLLOW_STRETCH_MS) {
      this.stretch = { sinceMs: nowMs, least: behind, speed: this.stretch.least > FOLLOW_SPARE_NS ? FOLLOW_CATCH_UP : 1 };
    }
    return this.newestNs - this.exact > FOLLOW_HURRY_NS ? FOLLOW_HURRY : this.stretch.speed;
  }

  private leap(): void {
    this.toNs = Math.max(this.toNs, this.newestNs - FOLLOW_LEAP_TO_NS);
    this.jump(this.newestNs - FOLLOW_LEAP_TO_NS);
  }

  private stopFollowing(): void {
    this.isFollowing = false;
    this.tell('follow');
  }

  private jump(time: Ns): void {
    if (!Number.isFinite(time)) return;
    this.exact = Math.min(this.toNs, Math.max(this.fromNs, Math.round(time)));
    this.lastMs = this.source();
    this.jumps++;
  }

  private tell(change: ClockChange): void {
    for (const listener of this.listeners) listener(change);
  }
}
