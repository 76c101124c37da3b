import { describe, expect, it } from 'vitest';
import { Clock, NS_PER_MS, NS_PER_S } from './clock';

function clock(from = 0, to = 10 * NS_PER_S): { clock: Clock; pass: (ms: number) => number; changes: string[] } {
  let ms = 1000;
  const one = new Clock(() => ms, from, to);
  const changes: string[] = [];
  one.onChange((change) => changes.push(change));
  return { clock: one, changes, pass: (by) => { ms += by; return one.tick(); } };
}

describe('Clock', () => {
  it('stands still until it plays, then runs with the time source', () => {
    const { clock: c, pass } = clock();
    expect(pass(500)).toBe(0);
    c.play();
    expect(pass(250)).toBe(250 * NS_PER_MS);
    c.pause();
    expect(pass(1000)).toBe(250 * NS_PER_MS);
  });

  it('moves only in tick: two readings in one frame agree', () => {
    const { clock: c, pass } = clock();
    c.play();
    pass(16);
    expect(c.time).toBe(c.time);
    expect(Number.isInteger(c.time)).toBe(true);
  });

  it('plays at 0.1 to 4 times the speed and cuts what lies beyond', () => {
    const { clock: c, pass } = clock();
    c.play();
    c.setRate(9);
    expect(c.rate).toBe(4);
    expect(pass(100)).toBe(400 * NS_PER_MS);
    c.setRate(0.01);
    expect(c.rate).toBe(0.1);
    expect(pass(100)).toBe(410 * NS_PER_MS);
    c.setRate(NaN);
    expect(c.rate).toBe(0.1);
  });

  it('does not lose time at a change of speed', () => {
    const { clock: c, pass } = clock();
    c.play();
    pass(100);
    c.setRate(2);
    expect(pass(100)).toBe(300 * NS_PER_MS);
  });

  it('stops at the end, and begins anew when played from there', () => {
    const { clock: c, pass, changes } = clock(0, NS_PER_S);
    c.play();
    expect(pass(5000)).toBe(NS_PER_S);
    expect(c.playing).toBe(false);
    expect(changes).toEqual(['play', 'pause']);
    c.play();
    expect(c.time).toBe(0);
  });

  it('cuts a seek to the range and counts the jump', () => {
    const { clock: c } = clock(-NS_PER_S, NS_PER_S);
    c.seek(-5 * NS_PER_S);
    expect(c.time).toBe(-NS_PER_S);
    c.seek(9 * NS_PER_S);
    expect(c.time).toBe(NS_PER_S);
    c.seek(NaN);
    expect(c.time).toBe(NS_PER_S);
    expect(c.jumps).toBe(2);
  });

  it('is held while pictures are missing, and does not jump afterwards', () => {
    const { clock: c, pass } = clock();
    c.play();
    pass(100);
    c.hold(true);
    pass(900);
    c.hold(false);
    expect(pass(50)).toBe(150 * NS_PER_MS);
  });

  it('follows a growing end without running beyond it', () => {
    const { clock: c, pass } = clock(0, 2 * NS_PER_S);
    c.follow();
    let end = 2000;
    for (let ms = 0; ms < 4000; ms += 10) {
      if (ms % 200 === 0) c.setRange(0, (end += 200) * NS_PER_MS);
      const time = pass(10);
      expect(time).toBeLessThanOrEqual(end * NS_PER_MS);
      // Never farther behind than one burst and the spare.
      if (ms > 3000) expect(end * NS_PER_MS - time).toBeLessThanOrEqual(240 * NS_PER_MS);
    }
    expect(c.playing).toBe(true);
  });

  it('jumps to the end when it has fallen far behind', () => {
    const { clock: c, pass } = clock(0, 2 * NS_PER_S);
    c.follow();
    c.setRange(0, 60 * NS_PER_S);
    expect(60 * NS_PER_S - pass(10)).toBeLessThanOrEqual(200 * NS_PER_MS);
  });

  it('leaves out what cannot be shown in time, rather than fall behind what is recorded', () => {
    const { clock: c, pass } = clock(0, 2 * NS_PER_S);
    c.follow();
    const shownTo = 2.1 * NS_PER_S;
    for (let newest = 2; newest < 6; newest += 0.1) {
      c.setRange(0, Math.max(shownTo, c.time), newest * NS_PER_S);
      expect(newest * NS_PER_S - pass(100)).toBeLessThanOrEqual(900 * NS_PER_MS);
    }
  });

  it('leaves follow mode on a seek and on a pause', () => {
    const { clock: c } = clock();
    c.follow();
    c.seek(NS_PER_S);
    expect(c.following).toBe(false);
    c.follow();
    c.pause();
    expect(c.following).toBe(false);
    expect(c.playing).toBe(false);
  });
});
