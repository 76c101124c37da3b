import { describe, expect, it } from 'vitest';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { FrameTable } from './frame-table';
import { tableOf } from './table-of.fixture';

describe('FrameTable', () => {
  it('gives the latest picture that is not after the time', () => {
    const table = tableOf([10, 20, 30]);
    expect([9, 10, 19, 20, 29, 30, 999].map((t) => table.rowAt(t))).toEqual([-1, 0, 0, 1, 1, 2, 2]);
  });

  it('goes by recorded times where the rate would be wrong: a drop and a variable rate', () => {
    //      row  0   1   2        3    4  5
    const table = tableOf([0, 33, 66, /* 5 dropped */ 266, 290, 340]);
    expect(table.rowAt(200)).toBe(2);
    expect(table.rowAt(265)).toBe(2);
    expect(table.rowAt(300)).toBe(4);
  });

  it('finds neighbours and the nearest picture', () => {
    const table = tableOf([10, 20, 40]);
    expect(table.neighbour(0, 1)).toBe(1);
    expect(table.neighbour(0, -1)).toBe(-1);
    expect(table.neighbour(2, 1)).toBe(-1);
    expect(table.neighbour(-1, 1)).toBe(0);
    expect([0, 14, 16, 29, 31, 99].map((t) => table.nearest(t))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('finds rows by time also where a clock began anew and times go back', () => {
    const table = tableOf([10, 20, 30, 25, 35]);
    expect(table.rowAt(26)).toBe(3);
    expect(table.rowAt(31)).toBe(2);
    expect(table.neighbour(3, 1)).toBe(2);
    expect(table.neighbour(1, 1)).toBe(3);
    expect(table.lastTime).toBe(35);
  });

  it('grows by the rows of further answers', () => {
    const table = new FrameTable();
    const part = (from: number, n: number): Uint8Array => tableToIPC(tableFromArrays({
      sequence: BigInt64Array.from({ length: n }, (_, i) => BigInt(from + i)), segment: new Int32Array(n), time_ns: BigInt64Array.from({ length: n }, (_, i) => BigInt((from + i) * 33_000_000 - 1_000_000)),
      offset: BigInt64Array.from({ length: n }, (_, i) => BigInt(5_000_000_000 + (from + i) * 70_000)), length: new Int32Array(n).fill(69_000),
    }), 'stream');
    expect(table.append(part(0, 3), 'test')).toBe(3);
    expect(table.append(part(3, 2), 'test')).toBe(2);
    expect(table.get(4)).toMatchObject({ row: 4, sequence: 4, time: 131_000_000, offset: 5_000_280_000, length: 69_000 });
    expect(table.rowAt(-1_000_000)).toBe(0);
    expect(table.interval).toBe(33_000_000);
  });

  it('says whose answer it could not read', () => {
    expect(() => new FrameTable().append(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]), 'frames of front')).toThrow('frames of front');
  });

  it('is empty without rows', () => {
    const table = new FrameTable();
    expect([table.rowAt(5), table.nearest(5), table.neighbour(-1, 1), table.interval]).toEqual([-1, -1, -1, 0]);
    expect(() => table.get(0)).toThrow(RangeError);
  });
});
