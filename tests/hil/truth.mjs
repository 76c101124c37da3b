// truth.mjs SHARE: compares the webcam scenario's episode with the emulator's log (both in the VM's CLOCK_MONOTONIC).
// Needs the packages of tests/foreign-readers (npm ci there).
import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
const arrow = createRequire(new URL('../foreign-readers/package.json', import.meta.url))('apache-arrow');
const share = process.argv[2];
const folder = join(share, 'episodes', readdirSync(join(share, 'episodes')).find(n => n.endsWith('.episode')));
const table = name => arrow.tableFromIPC(readFileSync(join(folder, name)));
const truth = readFileSync(join(share, 'truth.jsonl'), 'utf8').trim().split('\n').map(l => JSON.parse(l));
const ms = ns => (Number(ns) / 1e6).toFixed(1);
const quantile = (values, q) => values.length ? values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] : NaN;
const spread = (values, unit) => `${values.length} compared, p50 ${quantile(values, 0.5).toFixed(2)} ${unit}, p1 ${quantile(values, 0.01).toFixed(2)}, p99 ${quantile(values, 0.99).toFixed(2)}`;

const front = table('streams/front.arrow'), room = table('streams/room.arrow'), ledger = table('streams/ledger.arrow');
const column = (t, n) => t.getChild(n);
const [start, end] = [Number(column(front, 'read_time_ns').get(0)), Number(column(front, 'read_time_ns').get(front.numRows - 1))];

for (const gone of truth.filter(e => e.event === 'unplug' && e.t > start && e.t < end)) {
  for (const name of ['front', 'room']) {
    for (let i = 0; i < ledger.numRows; i++) {
      const at = Number(column(ledger, 'host_time_ns').get(i));
      if (column(ledger, 'stream').get(i) === name && column(ledger, 'reason').get(i) === 'disconnected' && at > gone.t) {
        console.log(`${name}: unplugging found after ${ms(at - gone.t)} ms`);
        break;
      }
    }
  }
  const plug = truth.find(e => e.event === 'plug' && e.t > gone.t);
  for (const [name, rows] of [['front', front], ['room', room]]) {
    for (let i = 0; plug && i < rows.numRows; i++) {
      const at = Number(column(rows, 'read_time_ns').get(i));
      if (at > plug.t) { console.log(`${name}: first row ${ms(at - plug.t)} ms after the plug (the kernel's enumeration within)`); break; }
    }
  }
}

// Frames: the white ones are told by their bytes; the nearest white frame of the log is theirs.
const flash = readFileSync(join(share, 'frames/flash.jpg'));
const whites = truth.filter(e => e.flash === 1).map(e => e.t);
const nearest = (list, t) => list.reduce((best, x) => Math.abs(x - t) < Math.abs(best - t) ? x : best, Infinity);
const frames = [];
for (let i = 0; i < front.numRows; i++) {
  const data = Buffer.from(column(front, 'data').get(i));
  if (data.equals(flash)) {
    const t = Number(column(front, 'host_time_ns').get(i));
    if (Math.abs(t - nearest(whites, t)) < 5e8) frames.push((t - nearest(whites, t)) / 1e6);
  }
}
console.log(`white frames, stamp after the camera sent them: ${spread(frames, 'ms')}`);

// Clicks: the first loud sample; its time from the row's final time and its place in the row.
const times = column(table('times/room.v1.arrow'), 'episode_time_ns');
const anchor = Number(JSON.parse(readFileSync(join(folder, 'episode.json'), 'utf8')).anchor?.monotonic_ns ?? room.schema.metadata.get('capture.anchor_monotonic_ns'));
const rate = Number(room.schema.metadata.get('capture.audio.rate_hz'));
// A click that the emulator sent late (its host was busy) says nothing of when it was: no recorder can know, and beyond half a second it would be taken for its neighbour.
const LATE_NS = 2e7;
const made = truth.filter(e => e.click);
const clicks = made.filter(e => e.sent - e.t < LATE_NS).map(e => e.t);
console.log(`clicks: ${made.length} made, ${made.length - clicks.length} of them sent more than ${LATE_NS / 1e6} ms late by the emulator (latest ${ms(Math.max(...made.map(e => e.sent - e.t)))} ms) and left out`);
const errors = [], apart = [];
let quiet = Infinity, lastTicks = null, lastSegment = null;
for (let i = 0; i < room.numRows; i++) {
  const samples = column(room, 'samples').get(i).toArray();
  const [ticks, segment] = [Number(column(room, 'device_ticks').get(i)), column(room, 'segment').get(i)];
  for (let k = 0; k < samples.length; k++) {
    if (samples[k] > 16000 && quiet > rate / 2) {
      const t = anchor + Number(times.get(i)) + k / rate * 1e9;
      if (Math.abs(t - nearest(clicks, t)) < 2.5e8) errors.push((t - nearest(clicks, t)) / 1e6);
      if (segment === lastSegment) apart.push(ticks + k - lastTicks);
      [lastTicks, lastSegment, quiet] = [ticks + k, segment, 0];
    }
    quiet = samples[k] > 16000 ? 0 : quiet + 1;
  }
}
console.log(`clicks, final time after the camera made them: ${spread(errors, 'ms')}`);
console.log(`clicks of one segment are apart by ${[...new Set(apart)].sort((a, b) => a - b).slice(0, 12).join(', ')} samples`);
