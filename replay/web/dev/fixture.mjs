// The fixture's streams, in memory, as columns.
import { cube, joints, JOINTS, tool, urdf } from './scene.mjs';
import { jpegs } from './pictures.mjs';

const S = 1e9;

function regular(seconds, hz, offset, { ppm = 0, jitter = 0, skip = () => false } = {}) {
  const rows = [];
  let seed = 7;
  for (let i = 0; ; i++) {
    const t = offset + (i / hz) * S * (1 + ppm * 1e-6);
    if (t > seconds * S) return rows;
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    if (!skip(i)) rows.push({ sequence: i, time: Math.round(t + ((seed / 0x7fffffff) - 0.5) * jitter) });
  }
}

async function camera(index, name, seconds, options, gaps) {
  const rows = regular(seconds, 30, index === 0 ? 12e6 : 29e6, options);
  const pictures = await jpegs(index, rows.map(({ sequence, time }) => ({ number: sequence, seconds: time / S })));
  let offset = 1024;
  const parts = [Buffer.alloc(1024)];
  rows.forEach((row, i) => { row.offset = offset; row.length = pictures[i].length; offset += pictures[i].length; parts.push(pictures[i]); });
  return { name, kind: 'camera.frame', rate_hz: 30, clock: name, rows, file: Buffer.concat(parts), gaps, columns: {}, metadata: { 'capture.stamp.instant': 'arrival' } };
}

export async function build(seconds) {
  const front = await camera(0, 'front', seconds, { ppm: 30, jitter: 4e6, skip: (i) => i >= 171 && i < 176 }, [{ from: 170, to: 176, count: 5, reason: 'sequence-gap' }]);
  const wrist = await camera(1, 'wrist', seconds, { ppm: -45, jitter: 4e6 }, []);
  const arm = (name, lag) => {
    const rows = regular(seconds, 200, 2e6, { jitter: 4e5 });
    const values = rows.map(({ time }) => joints(time / S - lag));
    const columns = {};
    JOINTS.forEach((_, k) => { columns[`position[${k}]`] = { unit: k === 6 ? 'm' : 'rad', values: values.map((v) => v[k]) }; });
    JOINTS.forEach((_, k) => { columns[`current[${k}]`] = { unit: 'A', values: values.map((v, i) => Math.abs(v[k] - (values[i - 4] ?? v)[k]) * 8 + 0.02 * Math.sin(i * 1.7 + k)) }; });
    return { name, kind: 'joint.state', rate_hz: 200, clock: null, rows, gaps: [], columns, metadata: { 'capture.joints': JOINTS.join(',') } };
  };
  const imuRows = regular(seconds, 1000, 1e6);
  const imu = { name: 'board.imu', kind: 'imu.sample', rate_hz: 1000, clock: 'board', rows: imuRows, gaps: [], metadata: {}, columns: {} };
  for (let k = 0; k < 3; k++) {
    imu.columns[`acceleration[${k}]`] = { unit: 'm/s^2', values: imuRows.map(({ time }, i) => (k === 2 ? 9.8 : 0) + 2 * (joints(time / S)[k] - joints(time / S - 0.02)[k]) * 50 + 0.05 * Math.sin(i * (k + 1) * 12.9898) + (i === 4321 ? 12 : 0)) };
    imu.columns[`angular_velocity[${k}]`] = { unit: 'rad/s', values: imuRows.map(({ time }, i) => (joints(time / S)[k] - joints(time / S - 0.01)[k]) * 100 + 0.02 * Math.cos(i * (k + 2) * 7.13)) };
  }
  const mocapRows = regular(seconds, 120, 4e6);
  const mocap = { name: 'mocap', kind: 'mocap.frame', rate_hz: 120, clock: 'mocap', rows: mocapRows, gaps: [{ from: 420, to: 460, count: 39, reason: 'interval-gap' }], metadata: { 'capture.mocap.up_axis': 'z' }, columns: {} };
  mocap.rows = mocapRows.filter(({ sequence }) => sequence <= 420 || sequence >= 460);
  for (const [body, pose] of [['gripper', (t) => tool(joints(t))], ['cube', cube]]) {
    const poses = mocap.rows.map(({ time }) => pose(time / S));
    for (let k = 0; k < 3; k++) mocap.columns[`${body}.position[${k}]`] = { unit: 'm', values: poses.map((p) => p.p[k]) };
    for (let k = 0; k < 4; k++) mocap.columns[`${body}.orientation[${k}]`] = { unit: null, values: poses.map((p) => p.q[k]) };
    mocap.columns[`${body}.tracked`] = { unit: null, values: poses.map((_, i) => (body === 'cube' && i > 800 && i < 840 ? 0 : 1)) };
  }
  const soundRows = regular(seconds, 100, 3e6, { skip: (i) => i > 700 && i < 730 });
  const samples = new Int16Array(soundRows.length * 480);
  soundRows.forEach(({ sequence, time }, r) => {
    for (let i = 0; i < 480; i++) {
      const t = (sequence * 480 + i) / 48000;
      const speed = joints(time / S).reduce((sum, v, k) => sum + Math.abs(v - joints(time / S - 0.01)[k]), 0) * 100;
      const click = [1.9, 4.1, 4.4].reduce((sum, at) => { const d = (t % 6) - at; return sum + (d >= 0 && d < 0.03 ? Math.exp(-d * 160) * Math.sin(d * 9000) : 0); }, 0);
      samples[r * 480 + i] = 32767 * Math.max(-1, Math.min(1, 0.05 * speed * Math.sin(2 * Math.PI * 120 * t) + 0.8 * click + 0.004 * Math.sin(t * 91234.567)));
    }
  });
  const room = { name: 'room', kind: 'audio.period', rate_hz: 100, clock: 'room', rows: soundRows, samples, gaps: [{ from: 700, to: 730, count: 14400, reason: 'overrun' }], columns: {}, metadata: { 'capture.audio.rate_hz': '48000', 'capture.audio.channels': '1', 'capture.audio.period_frames': '480' } };
  const streams = [front, wrist, room, imu, mocap, arm('arm.follower.state', 0), arm('arm.leader.state', -0.045)];
  for (const stream of streams) {
    stream.gaps = stream.gaps.map((gap) => ({ ...gap, from_ns: stream.rows.find((r) => r.sequence === gap.from)?.time, to_ns: stream.rows.find((r) => r.sequence === gap.to)?.time })).filter((gap) => gap.to_ns !== undefined);
  }
  return { streams, models: { 'bench.urdf': urdf() } };
}
