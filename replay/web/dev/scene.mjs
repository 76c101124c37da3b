// A little made-up scene for working on the page without a rig: an arm that swings, a cube that it carries. Not the bench rig, and nothing tests against it.
export const JOINTS = ['shoulder_pan', 'shoulder_lift', 'elbow_flex', 'forearm_roll', 'wrist_flex', 'wrist_roll', 'gripper'];

const ease = (u) => u * u * u * (10 + u * (-15 + 6 * u));
const KEYS = [
  [0, [0, -0.75, 1.5, 0, 0.82, 0, 0.07]], [0.9, [0.5, -0.5, 1.55, 0, 0.52, 0.3, 0.07]], [1.5, [0.5, -0.2, 1.5, 0, 0.27, 0.3, 0.07]],
  [1.9, [0.5, -0.2, 1.5, 0, 0.27, 0.3, 0.04]], [2.5, [0.5, -0.6, 1.55, 0.1, 0.62, 0.3, 0.04]], [3.6, [-0.5, -0.6, 1.55, -0.1, 0.62, -0.2, 0.04]],
  [4.1, [-0.5, -0.2, 1.5, 0, 0.27, -0.2, 0.04]], [4.4, [-0.5, -0.2, 1.5, 0, 0.27, -0.2, 0.07]], [5, [-0.5, -0.5, 1.55, 0, 0.52, -0.2, 0.07]], [6, [0, -0.75, 1.5, 0, 0.82, 0, 0.07]],
];

export function joints(seconds) {
  const t = ((seconds % 6) + 6) % 6;
  const i = Math.max(0, KEYS.findIndex(([at]) => at > t) - 1);
  const [t0, a] = KEYS[i];
  const [t1, b] = KEYS[i + 1] ?? KEYS[i];
  const u = t1 > t0 ? ease((t - t0) / (t1 - t0)) : 0;
  return a.map((v, k) => v + (b[k] - v) * u);
}

const mul = (a, b) => [
  a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1], a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0],
  a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3], a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2]];
const rot = (q, v) => { const r = mul(mul(q, [...v, 0]), [-q[0], -q[1], -q[2], q[3]]); return r.slice(0, 3); };
const turn = (axis, angle) => [...axis.map((x) => x * Math.sin(angle / 2)), Math.cos(angle / 2)];
const step = (p, move, q = [0, 0, 0, 1]) => ({ p: rot(p.q, move).map((x, i) => x + p.p[i]), q: mul(p.q, q) });

export function tool(q) {
  let p = { p: [0, 0, 0.12], q: turn([0, 0, 1], q[0]) };
  p = step(p, [0, 0, 0], turn([0, 1, 0], q[1]));
  p = step(p, [0.25, 0, 0], turn([0, 1, 0], q[2]));
  p = step(p, [0.12, 0, 0], turn([1, 0, 0], q[3]));
  p = step(p, [0.12, 0, 0], turn([0, 1, 0], q[4]));
  p = step(p, [0.06, 0, 0], turn([1, 0, 0], q[5]));
  return step(p, [0.08, 0, 0]);
}

export function cube(seconds) {
  const t = ((seconds % 6) + 6) % 6;
  const at = t < 1.9 ? 1.9 : t < 4.1 ? t : 4.1;
  return { p: tool(joints(at)).p, q: [0, 0, 0, 1] };
}

export function urdf() {
  const link = (n, x, z, a, b, c) => `<link name="${n}"><visual><origin xyz="${x} 0 ${z}"/><geometry><box size="${a} ${b} ${c}"/></geometry></visual></link>`;
  const joint = (n, p, c, x, z, axis) => `<joint name="${n}" type="revolute"><parent link="${p}"/><child link="${c}"/><origin xyz="${x} 0 ${z}"/><axis xyz="${axis}"/></joint>`;
  return `<?xml version="1.0"?><robot name="bench">${link('base', 0, 0.06, 0.1, 0.1, 0.12)}${link('shoulder', 0, 0, 0.07, 0.07, 0.06)}${link('upper_arm', 0.125, 0, 0.25, 0.05, 0.05)}
${link('forearm_near', 0.06, 0, 0.12, 0.045, 0.045)}${link('forearm_far', 0.06, 0, 0.12, 0.04, 0.04)}${link('wrist', 0.03, 0, 0.06, 0.035, 0.035)}${link('hand', 0.02, 0, 0.03, 0.1, 0.03)}
<link name="finger_left"><visual><origin xyz="-0.02 0.005 0"/><geometry><box size="0.05 0.01 0.02"/></geometry></visual></link><link name="finger_right"><visual><origin xyz="-0.02 -0.005 0"/><geometry><box size="0.05 0.01 0.02"/></geometry></visual></link><link name="tool"/><link name="opening"/>
${joint('shoulder_pan', 'base', 'shoulder', 0, 0.12, '0 0 1')}${joint('shoulder_lift', 'shoulder', 'upper_arm', 0, 0, '0 1 0')}${joint('elbow_flex', 'upper_arm', 'forearm_near', 0.25, 0, '0 1 0')}
${joint('forearm_roll', 'forearm_near', 'forearm_far', 0.12, 0, '1 0 0')}${joint('wrist_flex', 'forearm_far', 'wrist', 0.12, 0, '0 1 0')}${joint('wrist_roll', 'wrist', 'hand', 0.06, 0, '1 0 0')}
<joint name="tool" type="fixed"><parent link="hand"/><child link="tool"/><origin xyz="0.08 0 0"/></joint>
<joint name="gripper" type="prismatic"><parent link="tool"/><child link="opening"/><axis xyz="0 1 0"/></joint>
<joint name="finger_left" type="prismatic"><parent link="tool"/><child link="finger_left"/><axis xyz="0 1 0"/><mimic joint="gripper" multiplier="0.5"/></joint>
<joint name="finger_right" type="prismatic"><parent link="tool"/><child link="finger_right"/><axis xyz="0 -1 0"/><mimic joint="gripper" multiplier="0.5"/></joint></robot>`;
}
