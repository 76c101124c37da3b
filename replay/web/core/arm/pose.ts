/** Metres. */
export type Vec3 = readonly [number, number, number];
/** A unit quaternion, x y z w. */
export type Quat = readonly [number, number, number, number];

/** T_a_b: takes coordinates in b to a. */
export interface Pose {
  position: Vec3;
  orientation: Quat;
}

export const IDENTITY: Pose = { position: [0, 0, 0], orientation: [0, 0, 0, 1] };

export function multiply(a: Quat, b: Quat): Quat {
  return [
    a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1],
    a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0],
    a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3],
    a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2],
  ];
}

export function rotate(q: Quat, v: Vec3): Vec3 {
  const tx = 2 * (q[1] * v[2] - q[2] * v[1]);
  const ty = 2 * (q[2] * v[0] - q[0] * v[2]);
  const tz = 2 * (q[0] * v[1] - q[1] * v[0]);
  return [
    v[0] + q[3] * tx + q[1] * tz - q[2] * ty,
    v[1] + q[3] * ty + q[2] * tx - q[0] * tz,
    v[2] + q[3] * tz + q[0] * ty - q[1] * tx,
  ];
}

/** T_a_c = T_a_b · T_b_c. */
export function compose(a: Pose, b: Pose): Pose {
  const r = rotate(a.orientation, b.position);
  return { position: [a.position[0] + r[0], a.position[1] + r[1], a.position[2] + r[2]], orientation: multiply(a.orientation, b.orientation) };
}

/** A turn about an axis (which need not be a unit vector; zero gives no turn), rad. */
export function aboutAxis(axis: Vec3, angle: number): Quat {
  const length = Math.hypot(...axis);
  if (length === 0) return IDENTITY.orientation;
  const s = Math.sin(angle / 2) / length;
  return [axis[0] * s, axis[1] * s, axis[2] * s, Math.cos(angle / 2)];
}

/** URDF's roll, pitch, yaw: about the fixed x, then y, then z. */
export function fromRollPitchYaw(roll: number, pitch: number, yaw: number): Quat {
  return multiply(aboutAxis([0, 0, 1], yaw), multiply(aboutAxis([0, 1, 0], pitch), aboutAxis([1, 0, 0], roll)));
}

/** Between two orientations along the shorter way, s in 0 … 1. */
export function slerp(a: Quat, b: Quat, s: number): Quat {
  let dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
  const sign = dot < 0 ? -1 : 1;
  dot = Math.abs(dot);
  let wa = 1 - s;
  let wb = s * sign;
  if (dot < 0.9995) {
    const angle = Math.acos(dot);
    wa = Math.sin((1 - s) * angle) / Math.sin(angle);
    wb = (sign * Math.sin(s * angle)) / Math.sin(angle);
  }
  return normalize([a[0] * wa + b[0] * wb, a[1] * wa + b[1] * wb, a[2] * wa + b[2] * wb, a[3] * wa + b[3] * wb]);
}

export function normalize(q: Quat): Quat {
  const length = Math.hypot(...q);
  return length > 0 ? [q[0] / length, q[1] / length, q[2] / length, q[3] / length] : IDENTITY.orientation;
}

export function lerp(a: Vec3, b: Vec3, s: number): Vec3 {
  return [a[0] + (b[0] - a[0]) * s, a[1] + (b[1] - a[1]) * s, a[2] + (b[2] - a[2]) * s];
}

/** The angle of the shortest turn between two orientations, rad. */
export function angleBetween(a: Quat, b: Quat): number {
  const d = multiply([-a[0], -a[1], -a[2], a[3]], b);
  return 2 * Math.atan2(Math.hypot(d[0], d[1], d[2]), Math.abs(d[3]));
}
