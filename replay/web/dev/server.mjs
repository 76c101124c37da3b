// `npm run fixture`: answers replay/http-api.md from a made-up episode, for working on the page without a rig. Never shipped; the real server is `replay serve`.
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import * as arrow from 'apache-arrow';
import { build } from './fixture.mjs';

const seconds = Number(process.env.SECONDS_OF_FIXTURE ?? 20);
const fixture = await build(seconds);
const started = Date.now();
const VERBS = ['reach', 'grasp', 'lift', 'move', 'place', 'release', 'retract', 'wait'];
const labels = new Map();
const base = { id: '0d4b2f0e-6f6a-4c52-9f0b-0a2f3a1f77aa', rig: 'bench', instruction: 'pick the cube', operator: 'op-07', problem: null };
const episodes = {
  '2026-11-22T16-20-05Z-bench': { state: 'sealed', created_utc: '2026-11-22T16:20:05Z', end: () => Infinity },
  '2026-11-22T16-31-40Z-bench': { state: 'recording', created_utc: '2026-11-22T16:31:40Z', end: () => (Date.now() - started) % ((seconds + 20) * 1000) * 1e6 },
  '2026-11-21T09-02-11Z-bench': { state: 'recovered', created_utc: '2026-11-21T09:02:11Z', end: () => 7.31e9 },
};

const live = (e) => e.state === 'recording' && e.end() < seconds * 1e9;
const visible = (stream, e) => { const end = Math.floor(e.end() / 2e8) * 2e8; return stream.rows.filter((row) => row.time < end); };
const range = (e) => [2e6, Math.min(e.end(), seconds * 1e9)].map(Math.round);

function table(columns, metadata = {}) {
  const names = Object.keys(columns);
  const t = arrow.tableFromArrays(columns);
  const schema = new arrow.Schema(t.schema.fields, new Map(Object.entries(metadata)));
  void names;
  return arrow.tableToIPC(new arrow.Table(schema, t.batches.map((b) => new arrow.RecordBatch(schema, b.data))), 'stream');
}
const int64 = (values) => BigInt64Array.from(values, (v) => BigInt(v));

function series(stream, rows, names, from, to, points) {
  const inside = [];
  rows.forEach((row, i) => { if (row.time >= from && row.time < to) inside.push(i); });
  if (inside.length <= points) return table({ time_ns: int64(inside.map((i) => rows[i].time)), ...Object.fromEntries(names.map((n) => [n, Float64Array.from(inside, (i) => stream.columns[n].values[i])])) });
  const buckets = new Map();
  for (const i of inside) { const b = Math.floor(((rows[i].time - from) / (to - from)) * points); (buckets.get(b) ?? buckets.set(b, []).get(b)).push(i); }
  const groups = [...buckets.values()];
  const out = { time_ns: int64(groups.map((g) => rows[g[0]].time)) };
  for (const n of names) {
    out[`${n}.min`] = Float64Array.from(groups, (g) => Math.min(...g.map((i) => stream.columns[n].values[i])));
    out[`${n}.max`] = Float64Array.from(groups, (g) => Math.max(...g.map((i) => stream.columns[n].values[i])));
  }
  return table(out);
}

function peaks(stream, rows, from, to, points) {
  const width = (to - from) / points;
  const min = new Map(); const max = new Map();
  rows.forEach((row, r) => {
    if (row.time + 1e7 < from || row.time >= to) return;
    for (let i = 0; i < 480; i++) {
      const b = Math.floor((row.time + i * (1e9 / 48000) - from) / width);
      const v = stream.samples[r * 480 + i] / 32768;
      if (b < 0 || b >= points) continue;
      if (!(v >= min.get(b))) min.set(b, v);
      if (!(v <= max.get(b))) max.set(b, v);
    }
  });
  const keys = [...min.keys()].sort((a, b) => a - b);
  return table({ time_ns: int64(keys.map((k) => Math.round(from + k * width))), min: Float32Array.from(keys, (k) => min.get(k)), max: Float32Array.from(keys, (k) => max.get(k)) });
}

function sound(stream, rows, from, to) {
  const first = rows.findIndex((row) => row.time + 1e7 > from);
  const chosen = rows.filter((row) => row.time + 1e7 > from && row.time < to);
  const type = new arrow.FixedSizeList(480, new arrow.Field('item', new arrow.Int16()));
  const fields = [new arrow.Field('time_ns', new arrow.Int64()), new arrow.Field('samples', type)];
  const schema = new arrow.Schema(fields, new Map(Object.entries(stream.metadata)));
  const values = stream.samples.subarray(first * 480, (first + chosen.length) * 480);
  const children = [arrow.makeData({ type: new arrow.Int64(), data: int64(chosen.map((r) => r.time)) }), arrow.makeData({ type, length: chosen.length, nullCount: 0, child: arrow.makeData({ type: new arrow.Int16(), data: values }) })];
  const batch = new arrow.RecordBatch(schema, arrow.makeData({ type: new arrow.Struct(fields), length: chosen.length, nullCount: 0, children }));
  return arrow.tableToIPC(new arrow.Table(schema, [batch]), 'stream');
}

function anchor(given) {
  const stream = fixture.streams.find((s) => s.name === given.stream);
  const row = given.sequence === undefined ? stream.rows.findLast((r) => r.time <= given.time_ns) : stream.rows.find((r) => r.sequence === given.sequence);
  return { stream: given.stream, sequence: row.sequence, segment: 0, offset_ns: given.offset_ns ?? 0, time_version: 'v1', time_ns: row.time + (given.offset_ns ?? 0) };
}

function edit(log, body) {
  const now = { author: 'op-07', edited_utc: new Date().toISOString() };
  const old = log.segments.get(body.id) ?? log.deleted.get(body.id);
  if (body.op === 'delete') { log.deleted.set(body.id, old); log.segments.delete(body.id); return null; }
  const next = body.op === 'create' ? { id: body.id, verb: body.verb ?? '', note: '', start: anchor(body.start), end: anchor(body.end), ...now }
    : { ...old, ...(body.op === 'verb' && { verb: body.verb }), ...(body.op === 'note' && { note: body.note }), ...(body.start && { start: anchor(body.start) }), ...(body.end && { end: anchor(body.end) }), ...now };
  if (next.end.time_ns <= next.start.time_ns) throw Object.assign(new Error('The end lies before the start.'), { status: 400 });
  log.segments.set(body.id, next);
  return next;
}

async function answer(request, response) {
  const url = new URL(request.url, 'http://x');
  const [, , , name, part, ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const q = (key, without) => (url.searchParams.has(key) ? Number(url.searchParams.get(key)) : without);
  const json = (body, status = 200) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  const bytes = (body) => response.writeHead(200, { 'Content-Type': 'application/vnd.apache.arrow.stream' }).end(body);
  const e = episodes[name];
  const log = name && (labels.get(name) ?? labels.set(name, { head: '0'.repeat(64), segments: new Map(), deleted: new Map() }).get(name));
  if (!name) return json(Object.entries(episodes).map(([n, x]) => ({ name: n, ...base, state: x.state, live: live(x), created_utc: x.created_utc, duration_ns: range(x)[1] - range(x)[0], bytes: 61_234_567, streams: 11, segments: labels.get(n)?.segments.size ?? 0 })).concat([{ ...base, name: '2026-11-20T08-00-00Z-torn', id: null, rig: null, state: null, live: false, created_utc: null, duration_ns: null, bytes: 4096, streams: null, instruction: null, operator: null, segments: null, problem: 'episode.json is not JSON: line 1, byte 0. Run `capture recover` on the folder.' }]).sort((a, b) => b.name.localeCompare(a.name)));
  if (!e) return json({ error: { what: `There is no episode "${name}".`, where: url.pathname, remedy: 'Go back to the list.' } }, 404);
  const stream = fixture.streams.find((s) => s.name === rest[0]);
  const rows = stream && visible(stream, e);
  const [from, to] = [q('from', 0), q('to', seconds * 1e9)];
  switch (part) {
    case undefined: return json({ name, manifest: { id: base.id, state: e.state, rig: 'bench', created_utc: e.created_utc, task: { instruction: base.instruction, operator: base.operator } }, live: live(e), time_version: live(e) ? 'online' : 'v1', time_range_ns: range(e), models: [{ name: 'bench.urdf', file: 'models/bench.urdf' }],
      streams: fixture.streams.map((s) => { const r = visible(s, e); return { name: s.name, kind: s.kind, file: `streams/${s.name}.arrow`, bytes: s.file?.length ?? 1e6, rows: r.length, rate_hz: s.rate_hz, clock: s.clock, time_range_ns: r.length ? [r[0].time, r.at(-1).time] : null, columns: Object.entries(s.columns).map(([n, c]) => ({ name: n, unit: c.unit })), gaps: s.gaps.filter((g) => g.to_ns < e.end()), metadata: s.metadata }; }) });
    case 'files': {
      if (rest[0] === 'models') return response.writeHead(200, { 'Content-Type': 'text/xml' }).end(fixture.models[rest[1]]);
      const file = fixture.streams.find((s) => `${s.name}.arrow` === rest[1]).file;
      const [a, b] = /bytes=(\d+)-(\d+)/.exec(request.headers.range).slice(1).map(Number);
      return response.writeHead(206, { 'Content-Range': `bytes ${a}-${Math.min(b, file.length - 1)}/${file.length}` }).end(file.subarray(a, b + 1));
    }
    case 'frames': { const r = rows.slice(q('from_row', 0)); return bytes(table({ sequence: int64(r.map((x) => x.sequence)), segment: Int32Array.from(r, () => 0), time_ns: int64(r.map((x) => x.time)), sigma_ns: int64(r.map(() => 1_400_000)), offset: int64(r.map((x) => x.offset)), length: Int32Array.from(r, (x) => x.length) })); }
    case 'series': return bytes(series(stream, rows, url.searchParams.get('columns').split(','), from, to, q('points', 2000)));
    case 'rows': { const names = url.searchParams.get('columns').split(','); return bytes(series(stream, rows, names, from, to, 2e5)); }
    case 'peaks': return bytes(peaks(stream, rows, from, to, q('points', 2000)));
    case 'sound': return bytes(sound(stream, rows, from, to));
    case 'events': {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const timer = setInterval(() => {
        if (!live(e)) { response.end(`event: sealed\ndata: {}\n\n`); clearInterval(timer); return; }
        response.write(`event: growth\ndata: ${JSON.stringify({ rows: Object.fromEntries(fixture.streams.map((s) => [s.name, visible(s, e).length])), bytes: {}, time_range_ns: range(e).map((t, i) => (i ? Math.floor(t / 2e8) * 2e8 : t)) })}\n\n`);
      }, 100);
      return request.on('close', () => clearInterval(timer));
    }
    case 'labels': {
      if (request.method === 'GET') return json({ head: log.head, segments: [...log.segments.values()], verbs: VERBS });
      const parts = [];
      for await (const chunk of request) parts.push(chunk);
      const body = JSON.parse(Buffer.concat(parts).toString());
      if (body.parent !== log.head) return json({ error: { what: 'Someone else has edited.', where: 'parent', remedy: 'Load again.' }, head: log.head }, 409);
      if (body.op === 'restore') { log.segments.set(body.id, log.deleted.get(body.id)); log.head = randomBytes(32).toString('hex'); return json({ head: log.head, segment: log.segments.get(body.id) }); }
      const segment = edit(log, body);
      log.head = randomBytes(32).toString('hex');
      return json({ head: log.head, segment });
    }
    case 'release': return json({ file: 'labels/action@1.arrow', segments: log.segments.size, head: log.head });
    default: return json({ error: { what: 'No such thing.', where: url.pathname, remedy: '' } }, 404);
  }
}

createServer((request, response) => {
  answer(request, response).catch((error) => {
    response.writeHead(error.status ?? 500, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: { what: error.message, where: request.url, remedy: '' } }));
  });
}).listen(8087, '127.0.0.1', () => console.log('fixture on http://127.0.0.1:8087'));
