import type { Ns } from '../time/clock';
import { bridged, type NumericRows } from '../series/numeric-rows';
import { aboutAxis, compose, lerp, normalize, slerp, type Pose } from './pose';
import type { JointValues } from './kinematics';

/** Columns of a body in a `rows` answer, in this order. */
export function bodyColumns(body: string): string[] {
  return [...[0, 1, 2].map((i) => `${body}.position[${i}]`), ...[0, 1, 2, 3].map((i) => `${body}.orientation[${i}]`), `${body}.tracked`];
}

const BODY_COLUMNS = 8;

/** The bodies that a mocap stream's column names speak of. */
export function bodiesOf(columns: readonly string[]): string[] {
  return [...new Set(columns.flatMap((name) => /^(.+)\.orientation\[3\]$/.exec(name)?.[1] ?? []))];
}

/** Mocap measured with y up, turned into the z-up frame that everything is drawn in. */
const Y_UP_TO_Z_UP: Pose = { position: [0, 0, 0], orientation: aboutAxis([1, 0, 0], Math.PI / 2) };

/** A body's pose at a time: linear and slerp between the frames around it. Null in a gap, and where the body was not seen in either of them. */
export function bodyPose(rows: NumericRows, bodyIndex: number, time: Ns, gap: Ns, upAxis: string): Pose | null {
  const at = rows.between(time);
  const use = at && bridged(at, time, gap);
  if (!use) return null;
  const column = (i: number): Float64Array => at.window.columns[bodyIndex * BODY_COLUMNS + i]!;
  const seen = (row: number): boolean => column(7)[row] === 1 && Number.isFinite(column(0)[row]!);
  if (!seen(use.from) || !seen(use.to)) return null;
  const read = (row: number): Pose => ({
    position: [column(0)[row]!, column(1)[row]!, column(2)[row]!],
    orientation: normalize([column(3)[row]!, column(4)[row]!, column(5)[row]!, column(6)[row]!]),
  });
  const a = read(use.from);
  const b = read(use.to);
  const pose: Pose = use.part === 0 ? a : { position: lerp(a.position, b.position, use.part), orientation: slerp(a.orientation, b.orientation, use.part) };
  return upAxis === 'y' ? compose(Y_UP_TO_Z_UP, pose) : pose;
}

/** The recorded joints at a time, linear between the polls around it; null in a gap. A joint that did not answer has no value. */
export function jointValues(rows: NumericRows, names: readonly string[], time: Ns, gap: Ns): JointValues | null {
  const values = rows.linear(time, gap);
  if (!values) return null;
  return new Map(names.flatMap((name, i) => (Number.isFinite(values[i]!) ? [[name, values[i]!] as const] : [])));
}
