import { describe, expect, it } from 'vitest';
import { Clock } from '../time/clock';
import type { Periods } from './plan';
import { SoundPlayer, type Speaker } from './player';

interface Laid { start: number; when: number; offset: number; rate: number; stopped: boolean }

/** A sound card 5 s ahead of the page's clock; one period of 10 ms every 10 ms, but none from 400 to 600 ms. */
function rig(): { clock: Clock; player: SoundPlayer; laid: Laid[]; frame: (ms: number) => Promise<void>; card: { offset: number } } {
  let ms = 0;
  const card = { offset: 5 };
  const clock = new Clock(() => ms, 0, 20e9);
  const laid: Laid[] = [];
  const speaker: Speaker = {
    now: () => ms / 1000 + card.offset,
    play: (run, when, offset, rate) => {
      const one = { start: run.start, when, offset, rate, stopped: false };
      laid.push(one);
      return () => { one.stopped = true; };
    },
  };
  const load = (from: number, to: number): Promise<Periods> => {
    const time: number[] = [];
    for (let t = Math.floor(from / 10e6) * 10e6; t < to; t += 10e6) if (t % 2e9 < 400e6 || t % 2e9 >= 600e6) time.push(t);
    return Promise.resolve({ time: Float64Array.from(time), samples: new Float32Array(time.length * 480), channels: 1, framesPerPeriod: 480, rateHz: 48000 });
  };
  const player = new SoundPlayer(clock, () => speaker, load, () => ms);
  player.muted = false;
  return { clock, player, laid, card, frame: async (by) => { ms += by; clock.tick(); player.tick(); for (let i = 0; i < 20; i++) await Promise.resolve(); } };
}

describe('SoundPlayer', () => {
  it('lets every run sound at its recorded time', async () => {
    const { clock, laid, frame } = rig();
    clock.play();
    for (let i = 0; i < 100; i++) await frame(16);
    const run = laid.find((one) => one.start === 600e6)!;
    expect(run.when).toBeCloseTo(5 + 0.6, 3);
    expect(run.offset).toBe(0);
    expect(laid.some((one) => one.start >= 400e6 && one.start < 600e6)).toBe(false);
  });

  it('is silent while paused, muted, held, or too fast', async () => {
    for (const quiet of [(r: ReturnType<typeof rig>) => r.clock.pause(), (r: ReturnType<typeof rig>) => { r.player.muted = true; }, (r: ReturnType<typeof rig>) => r.clock.hold(true), (r: ReturnType<typeof rig>) => r.clock.setRate(4)]) {
      const one = rig();
      one.clock.play();
      for (let i = 0; i < 10; i++) await one.frame(16);
      quiet(one);
      await one.frame(16);
      expect(one.laid.length).toBeGreaterThan(0);
      expect(one.laid.every((run) => run.stopped)).toBe(true);
    }
  });

  it('lays anew after a jump: in the middle of a run it begins there', async () => {
    const { clock, laid, frame } = rig();
    clock.play();
    for (let i = 0; i < 5; i++) await frame(16);
    clock.seek(10.2e9);
    for (let i = 0; i < 5; i++) await frame(16);
    const run = laid.find((one) => one.start === 10e9)!;
    expect(run.offset).toBeGreaterThan(0.19);
    expect(run.offset).toBeLessThan(0.3);
    expect(laid[0]!.stopped).toBe(true);
  });

  it('plays slower with the clock', async () => {
    const { clock, laid, frame } = rig();
    clock.setRate(0.5);
    clock.play();
    for (let i = 0; i < 60; i++) await frame(16);
    const run = laid.find((one) => one.start === 600e6)!;
    expect(run.rate).toBe(0.5);
    expect(run.when).toBeCloseTo(5 + 1.2, 3);
  });

  it('follows the clock when the sound card drifts away', async () => {
    const { clock, laid, frame, card } = rig();
    clock.play();
    for (let i = 0; i < 20; i++) await frame(16);
    const before = laid.length;
    card.offset += 0.05;
    await frame(16);
    expect(laid.slice(0, before).every((run) => run.stopped)).toBe(true);
    expect(laid.length).toBeGreaterThan(before);
  });
});
