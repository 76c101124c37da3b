import { decodeTable, numbers } from '../api/arrow';
import { NS_PER_S, type Ns } from '../time/clock';

/** Periods of sound as recorded: when each began, and its samples (interleaved, −1 … 1). */
export interface Periods {
  time: Float64Array;
  /** Frames × channels values a period, one after another. */
  samples: Float32Array;
  channels: number;
  framesPerPeriod: number;
  rateHz: number;
}

/** Sound without a hole: one buffer that begins at one time. */
export interface Run {
  start: Ns;
  /** One array a channel. */
  channels: Float32Array[];
  rateHz: number;
}

/** Periods that begin this near to where the last one ended belong together; beyond it there is a hole, or a step of the clock, and silence. */
export const JOIN_NS: Ns = 5e6;

export function runEnd(run: Run): Ns {
  return run.start + (run.channels[0]!.length / run.rateHz) * NS_PER_S;
}

/** Lays periods at their recorded times: joined where they follow each other, apart where something is missing. Only those that begin in `[from, to)`. */
export function layPeriods(periods: Periods, from: Ns, to: Ns): Run[] {
  const { time, framesPerPeriod, rateHz } = periods;
  const length = (framesPerPeriod / rateHz) * NS_PER_S;
  const groups: { start: Ns; first: number; count: number }[] = [];
  for (let i = 0; i < time.length; i++) {
    const at = time[i]!;
    if (at < from || at >= to) continue;
    const last = groups[groups.length - 1];
    if (last && i === last.first + last.count && Math.abs(at - (last.start + last.count * length)) <= JOIN_NS) last.count++;
    else groups.push({ start: at, first: i, count: 1 });
  }
  return groups.map((group) => ({ start: group.start, rateHz, channels: split(periods, group.first, group.count) }));
}

function split(periods: Periods, first: number, count: number): Float32Array[] {
  const { channels, framesPerPeriod, samples } = periods;
  const frames = count * framesPerPeriod;
  const begin = first * framesPerPeriod * channels;
  return Array.from({ length: Math.min(2, channels) }, (_, channel) => {
    const out = new Float32Array(frames);
    for (let i = 0; i < frames; i++) out[i] = samples[begin + i * channels + channel]!;
    return out;
  });
}

/** Reads a `sound` answer. */
export function decodeSound(bytes: Uint8Array, where: string): Periods {
  const table = decodeTable(bytes, where);
  const metadata = table.schema.metadata;
  const rateHz = Number(metadata.get('capture.audio.rate_hz'));
  const channels = Number(metadata.get('capture.audio.channels') ?? 1);
  if (!(rateHz > 0) || !(channels >= 1)) throw new Error(`${where}: the sound says neither its rate nor its channels.`);
  const time = numbers(table, 'time_ns');
  const column = table.getChild('samples');
  const listSize = (column?.type as { listSize?: number } | undefined)?.listSize ?? 0;
  if (!column || listSize % channels !== 0) throw new Error(`${where}: the sound's samples are not whole frames.`);
  const samples = new Float32Array(time.length * listSize);
  let at = 0;
  for (const data of column.data) {
    const values = data.children[0]?.values as Int16Array | Int32Array | Float32Array | undefined;
    const count = data.length * listSize;
    if (!values || values.length < count) throw new Error(`${where}: the sound's samples are cut off.`);
    const scale = values instanceof Int16Array ? 1 / 32768 : values instanceof Int32Array ? 1 / 2147483648 : 1;
    for (let i = 0; i < count; i++) samples[at++] = values[i]! * scale;
  }
  return { time, samples, channels, framesPerPeriod: listSize / channels, rateHz };
}
