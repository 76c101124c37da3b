import { describe, expect, it } from 'vitest';
import { View } from './view';

describe('View', () => {
  it('keeps the time under the pointer where it is when zooming', () => {
    const view = new View(0, 20e9);
    const x = view.x(5e9, 1000);
    view.zoom(4, 5e9);
    expect(view.span).toBe(5e9);
    expect(view.x(5e9, 1000)).toBeCloseTo(x, 3);
  });

  it('never leaves the episode', () => {
    const view = new View(0, 20e9);
    view.show(15e9, 18e9);
    view.pan(100e9);
    expect([view.from, view.to]).toEqual([17e9, 20e9]);
    view.zoom(0.001, 0);
    expect(view.whole).toBe(true);
  });

  it('stays a view of all while the episode grows, and stays put when zoomed', () => {
    const view = new View(0, 1e9);
    view.setLimits(0, 3e9);
    expect(view.to).toBe(3e9);
    view.show(1e9, 2e9);
    view.setLimits(0, 9e9);
    expect([view.from, view.to]).toEqual([1e9, 2e9]);
  });

  it('turns the page when the clock runs out of it', () => {
    const view = new View(0, 20e9);
    view.show(0, 2e9);
    view.reveal(2.1e9);
    expect(view.from).toBeCloseTo(2e9, -3);
    expect(view.span).toBe(2e9);
  });

  it('does not zoom closer than 2 ms', () => {
    const view = new View(0, 20e9);
    view.show(1e9, 1e9);
    expect(view.span).toBe(2e6);
  });
});
