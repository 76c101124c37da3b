import { aboutAxis, compose, IDENTITY, type Pose, type Vec3 } from './pose';
import type { Joint, Robot } from './urdf';

/** Joint values by name: rad for turning joints, m for sliding ones. A joint without a value stands at 0. */
export type JointValues = ReadonlyMap<string, number>;

/** T_root_link of every link. */
export function forward(robot: Robot, values: JointValues): Map<string, Pose> {
  const poses = new Map<string, Pose>([[robot.root, IDENTITY]]);
  for (const joint of robot.joints) {
    const parent = poses.get(joint.parent)!;
    poses.set(joint.child, compose(compose(parent, joint.origin), motion(joint, valueOf(joint, values))));
  }
  return poses;
}

/** The links that no joint leaves: tools and fingers. */
export function tips(robot: Robot): string[] {
  const parents = new Set(robot.joints.map((joint) => joint.parent));
  return [...robot.links.keys()].filter((link) => !parents.has(link));
}

/** How many of the recorded joints the model has. */
export function matching(robot: Robot, names: readonly string[]): number {
  const known = new Set(robot.joints.map((joint) => joint.name));
  return names.filter((name) => known.has(name)).length;
}

function valueOf(joint: Joint, values: JointValues): number {
  if (joint.mimic) return (values.get(joint.mimic.joint) ?? 0) * joint.mimic.multiplier + joint.mimic.offset;
  const value = values.get(joint.name) ?? 0;
  return Number.isFinite(value) ? value : 0;
}

function motion(joint: Joint, value: number): Pose {
  switch (joint.type) {
    case 'revolute':
    case 'continuous':
      return { position: [0, 0, 0], orientation: aboutAxis(joint.axis, value) };
    case 'prismatic': {
      const length = Math.hypot(...joint.axis) || 1;
      const at: Vec3 = [(joint.axis[0] * value) / length, (joint.axis[1] * value) / length, (joint.axis[2] * value) / length];
      return { position: at, orientation: IDENTITY.orientation };
    }
    default:
      return IDENTITY;
  }
}
