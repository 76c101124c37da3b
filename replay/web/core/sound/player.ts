import { NS_PER_S, type Clock, type Ns } from '../time/clock';
import { JOIN_NS, layPeriods, runEnd, type Periods, type Run } from './plan';

/** The part of Web Audio that is used; a test brings its own. */
export interface Speaker {
  /** Seconds on the sound card's clock. */
  now(): number;
  /** Plays a run from `offset` seconds into it at `when`; returns what stops it. */
  play(run: Run, when: number, offset: number, rate: number): () => void;
}

const CHUNK_NS: Ns = 1e9;
const MAX_CHUNKS = 16;
const LOOK_AHEAD_S = 0.5;
const DRIFT_S = 0.03;
const RETRY_MS = 2000;

/** Outside of these speeds sound says nothing and is silent. */
export const AUDIBLE_RATES = { min: 0.5, max: 2 };

interface Chunk {
  runs: Run[] | null;
  loading: boolean;
  atMs: number;
}

/**
 * Sound under the clock: every period sounds at its recorded time, gaps are silent. A jump, a pause or a new speed stops what was laid and lays it anew; the sound
 * card's drift against the clock is corrected when it is heard (30 ms).
 */
export class SoundPlayer {
  private readonly chunks = new Map<number, Chunk>();
  private readonly laid = new Map<Run, () => void>();
  private state = '';
  private anchor: { card: number; time: Ns } | null = null;
  private lastEnd: Ns = NaN;
  muted = true;

  constructor(
    private readonly clock: Clock,
    private readonly speaker: () => Speaker | null,
    private readonly load: (from: Ns, to: Ns) => Promise<Periods>,
    private readonly nowMs: () => number = () => Date.now(),
  ) {}

  /** Called once an animation frame, after the clock's tick. */
  tick(): void {
    const { clock } = this;
    const audible = clock.playing && !clock.held && !this.muted && clock.rate >= AUDIBLE_RATES.min && clock.rate <= AUDIBLE_RATES.max;
    const speaker = audible ? this.speaker() : null;
    const state = `${speaker !== null}/${clock.jumps}/${clock.rate}`;
    if (state !== this.state) {
      this.silence();
      this.state = state;
    }
    if (!speaker) return;
    const card = speaker.now();
    if (this.anchor) {
      const expected = this.anchor.time + (card - this.anchor.card) * clock.rate * NS_PER_S;
      if (Math.abs(expected - clock.time) > DRIFT_S * NS_PER_S) this.silence();
    }
    this.anchor ??= { card, time: clock.time };
    const horizon = clock.time + LOOK_AHEAD_S * clock.rate * NS_PER_S;
    for (let index = Math.floor(clock.time / CHUNK_NS); index * CHUNK_NS <= horizon + CHUNK_NS; index++) {
      for (const run of this.chunk(index)) if (run.start < horizon) this.lay(speaker, run, card);
    }
    for (const run of this.laid.keys()) if (runEnd(run) < clock.time - CHUNK_NS) this.laid.delete(run);
  }

  silence(): void {
    for (const stop of this.laid.values()) stop();
    this.laid.clear();
    this.anchor = null;
    this.lastEnd = NaN;
  }

  /** Forgets what was loaded: the times have changed. */
  reset(): void {
    this.silence();
    this.chunks.clear();
  }

  private lay(speaker: Speaker, run: Run, card: number): void {
    if (this.laid.has(run)) return;
    // A run that follows the last one is played on from its end: a shift that nobody hears instead of a click.
    const start = Math.abs(run.start - this.lastEnd) <= JOIN_NS ? this.lastEnd : run.start;
    const duration = runEnd(run) - run.start;
    if (start + duration <= this.clock.time) return;
    const when = this.anchor!.card + (start - this.anchor!.time) / NS_PER_S / this.clock.rate;
    const lateS = Math.max(0, card - when);
    const offset = lateS * this.clock.rate;
    if (offset * NS_PER_S >= duration) return;
    this.laid.set(run, speaker.play(run, Math.max(when, card), offset, this.clock.rate));
    this.lastEnd = start + duration;
  }

  private chunk(index: number): Run[] {
    let chunk = this.chunks.get(index);
    if (!chunk) {
      chunk = { runs: null, loading: false, atMs: -Infinity };
      this.chunks.set(index, chunk);
      for (const old of this.chunks.keys()) {
        if (this.chunks.size <= MAX_CHUNKS) break;
        if (old !== index) this.chunks.delete(old);
      }
    }
    const from = index * CHUNK_NS;
    // A chunk over the growing end would be half there: it is asked for once it is whole.
    const whole = !this.clock.following || from + CHUNK_NS <= this.clock.to;
    if (!chunk.runs && !chunk.loading && whole && this.nowMs() - chunk.atMs > RETRY_MS && from < this.clock.to && from + CHUNK_NS > this.clock.from) void this.fetch(chunk, from);
    return chunk.runs ?? [];
  }

  private async fetch(chunk: Chunk, from: Ns): Promise<void> {
    chunk.loading = true;
    try {
      chunk.runs = layPeriods(await this.load(from, from + CHUNK_NS), from, from + CHUNK_NS);
    } catch {
      // Sound that cannot be had is silence; the waveform says why.
    } finally {
      chunk.loading = false;
      chunk.atMs = this.nowMs();
    }
  }
}
