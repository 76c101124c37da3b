import { describe, expect, it } from 'vitest';
import { makeData, FixedSizeList, Field, Int16, Int64, RecordBatch, Schema, Struct, Table, tableToIPC } from 'apache-arrow';
import { decodeSound, layPeriods, runEnd, type Periods } from './plan';

const PERIOD = 10e6;

function periods(time: number[], channels = 1): Periods {
  return { time: Float64Array.from(time), samples: Float32Array.from({ length: time.length * 480 * channels }, (_, i) => i), channels, framesPerPeriod: 480, rateHz: 48000 };
}

describe('layPeriods', () => {
  // time     0    10   20        50   60
  // periods  |0---|1---|2---|    |3---|4---|
  it('joins periods that follow each other, and leaves a hole a hole', () => {
    const runs = layPeriods(periods([0, PERIOD, 2 * PERIOD, 5 * PERIOD, 6 * PERIOD]), 0, 1e9);
    expect(runs.map((run) => [run.start, runEnd(run)])).toEqual([[0, 30e6], [50e6, 70e6]]);
    expect(runs[1]!.channels[0]![0]).toBe(3 * 480);
  });

  it('begins a run exactly at the recorded time, and forgives jitter within it', () => {
    const runs = layPeriods(periods([1_234_567, 1_234_567 + PERIOD + 300_000, 1_234_567 + 2 * PERIOD - 200_000]), 0, 1e9);
    expect(runs.map((run) => run.start)).toEqual([1_234_567]);
  });

  it('lays anew where drift has added up to more than is not heard', () => {
    const drift = Array.from({ length: 200 }, (_, i) => Math.round(i * PERIOD * 1.004));
    const runs = layPeriods(periods(drift), 0, 10e9);
    expect(runs.length).toBeGreaterThan(1);
    for (const run of runs) expect(drift).toContain(run.start);
  });

  it('takes each period once: by where it begins', () => {
    const all = periods([0.995e9, 1.005e9, 1.995e9]);
    expect(layPeriods(all, 0, 1e9).length + layPeriods(all, 1e9, 2e9).length).toBe(3);
    expect(layPeriods(all, 1e9, 2e9).map((run) => run.start)).toEqual([1.005e9, 1.995e9]);
  });

  it('takes channels apart', () => {
    const [run] = layPeriods(periods([0], 4), 0, 1e9);
    expect(run!.channels.map((channel) => [...channel.subarray(0, 3)])).toEqual([[0, 4, 8], [1, 5, 9]]);
  });
});

describe('decodeSound', () => {
  function answer(metadata: Record<string, string>): Uint8Array {
    const type = new FixedSizeList(4, new Field('item', new Int16()));
    const fields = [new Field('time_ns', new Int64()), new Field('samples', type)];
    const schema = new Schema(fields, new Map(Object.entries(metadata)));
    const children = [makeData({ type: new Int64(), data: BigInt64Array.from([5n, 6n]) }), makeData({ type, length: 2, nullCount: 0, child: makeData({ type: new Int16(), data: Int16Array.from([0, 16384, -32768, 1, 2, 3, 4, 5]) }) })];
    return tableToIPC(new Table(schema, [new RecordBatch(schema, makeData({ type: new Struct(fields), length: 2, nullCount: 0, children }))]), 'stream');
  }

  it('scales whole numbers to −1 … 1', () => {
    const sound = decodeSound(answer({ 'capture.audio.rate_hz': '48000', 'capture.audio.channels': '2' }), 'x');
    expect([...sound.samples.subarray(0, 3)]).toEqual([0, 0.5, -1]);
    expect([sound.channels, sound.framesPerPeriod, sound.rateHz, sound.time.length]).toEqual([2, 2, 48000, 2]);
  });

  it('refuses sound without a rate, and with broken frames', () => {
    expect(() => decodeSound(answer({}), 'sound of room')).toThrow('sound of room');
    expect(() => decodeSound(answer({ 'capture.audio.rate_hz': '48000', 'capture.audio.channels': '3' }), 'x')).toThrow('whole frames');
  });
});
