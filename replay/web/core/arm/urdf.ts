import { fromRollPitchYaw, IDENTITY, type Pose, type Vec3 } from './pose';
import { childOf, childrenOf, parseXml, type XmlElement } from './xml';

export type Shape =
  | { kind: 'box'; size: Vec3 }
  | { kind: 'cylinder'; radius: number; length: number }
  | { kind: 'sphere'; radius: number }
  | { kind: 'mesh'; file: string };

export interface Visual {
  origin: Pose;
  shape: Shape;
}

export type JointType = 'revolute' | 'continuous' | 'prismatic' | 'fixed' | 'floating' | 'planar';

export interface Joint {
  name: string;
  type: JointType;
  parent: string;
  child: string;
  /** T_parent_child with the joint at 0. */
  origin: Pose;
  axis: Vec3;
  mimic: { joint: string; multiplier: number; offset: number } | null;
}

export interface Robot {
  name: string;
  links: Map<string, Visual[]>;
  /** In an order in which every parent comes before its children. */
  joints: Joint[];
  root: string;
}

const JOINT_TYPES: readonly string[] = ['revolute', 'continuous', 'prismatic', 'fixed', 'floating', 'planar'];

/** Reads a URDF: links with what is seen of them, and joints. Errors name the element. */
export function parseUrdf(text: string): Robot {
  const root = parseXml(text);
  if (root.name !== 'robot') throw new Error(`URDF: the file begins with <${root.name}>, not <robot>.`);
  const links = new Map<string, Visual[]>();
  for (const link of childrenOf(root, 'link')) {
    const name = required(link, 'name');
    if (links.has(name)) throw new Error(`URDF: two links are called "${name}".`);
    links.set(name, childrenOf(link, 'visual').flatMap(visual));
  }
  const joints = childrenOf(root, 'joint').map(joint);
  for (const { name, parent, child } of joints) {
    for (const link of [parent, child]) if (!links.has(link)) throw new Error(`URDF: joint "${name}" names the link "${link}", which is not there.`);
  }
  return { name: root.attributes['name'] ?? 'robot', links, ...sorted(links, joints) };
}

function sorted(links: Map<string, Visual[]>, joints: Joint[]): { joints: Joint[]; root: string } {
  const parentOf = new Map<string, Joint>();
  for (const one of joints) {
    if (parentOf.has(one.child)) throw new Error(`URDF: link "${one.child}" hangs on two joints.`);
    parentOf.set(one.child, one);
  }
  const roots = [...links.keys()].filter((link) => !parentOf.has(link));
  if (roots.length !== 1) throw new Error(roots.length === 0 ? 'URDF: the joints form a ring.' : `URDF: more than one root link: ${roots.join(', ')}.`);
  const ordered: Joint[] = [];
  let level = [roots[0]!];
  while (level.length > 0) {
    const next = joints.filter((one) => level.includes(one.parent));
    ordered.push(...next);
    level = next.map((one) => one.child);
  }
  if (ordered.length !== joints.length) throw new Error('URDF: the joints form a ring.');
  return { joints: ordered, root: roots[0]! };
}

function joint(element: XmlElement): Joint {
  const name = required(element, 'name');
  const type = required(element, 'type');
  if (!JOINT_TYPES.includes(type)) throw new Error(`URDF: joint "${name}" has the unknown type "${type}".`);
  const axis = childOf(element, 'axis');
  const mimic = childOf(element, 'mimic');
  return {
    name, type: type as JointType,
    parent: required(childOf(element, 'parent') ?? missing(element, 'parent'), 'link'),
    child: required(childOf(element, 'child') ?? missing(element, 'child'), 'link'),
    origin: origin(childOf(element, 'origin')),
    axis: axis ? triple(axis, 'xyz', [1, 0, 0]) : [1, 0, 0],
    mimic: mimic ? { joint: required(mimic, 'joint'), multiplier: single(mimic, 'multiplier', 1), offset: single(mimic, 'offset', 0) } : null,
  };
}

function visual(element: XmlElement): Visual[] {
  const geometry = childOf(element, 'geometry')?.children[0];
  if (!geometry) return [];
  const place = origin(childOf(element, 'origin'));
  switch (geometry.name) {
    case 'box': return [{ origin: place, shape: { kind: 'box', size: triple(geometry, 'size', [0, 0, 0]) } }];
    case 'cylinder': return [{ origin: place, shape: { kind: 'cylinder', radius: single(geometry, 'radius', 0), length: single(geometry, 'length', 0) } }];
    case 'sphere': return [{ origin: place, shape: { kind: 'sphere', radius: single(geometry, 'radius', 0) } }];
    case 'mesh': return [{ origin: place, shape: { kind: 'mesh', file: required(geometry, 'filename') } }];
    default: return [];
  }
}

function origin(element: XmlElement | undefined): Pose {
  if (!element) return IDENTITY;
  const [roll, pitch, yaw] = triple(element, 'rpy', [0, 0, 0]);
  return { position: triple(element, 'xyz', [0, 0, 0]), orientation: fromRollPitchYaw(roll, pitch, yaw) };
}

function triple(element: XmlElement, attribute: string, without: Vec3): Vec3 {
  const text = element.attributes[attribute];
  if (text === undefined) return without;
  const values = text.trim().split(/\s+/).map(Number);
  if (values.length !== 3 || !values.every(Number.isFinite)) throw new Error(`URDF: ${attribute}="${text}" of <${element.name}> is not three numbers.`);
  return [values[0]!, values[1]!, values[2]!];
}

function single(element: XmlElement, attribute: string, without: number): number {
  const text = element.attributes[attribute];
  if (text === undefined) return without;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`URDF: ${attribute}="${text}" of <${element.name}> is not a number.`);
  return value;
}

function required(element: XmlElement, attribute: string): string {
  const value = element.attributes[attribute];
  if (!value) throw new Error(`URDF: <${element.name}> lacks "${attribute}".`);
  return value;
}

function missing(element: XmlElement, child: string): never {
  throw new Error(`URDF: <${element.name} name="${element.attributes['name'] ?? ''}"> lacks <${child}>.`);
}
