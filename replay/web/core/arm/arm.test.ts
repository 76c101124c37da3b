import { describe, expect, it } from 'vitest';
import { NumericRows, type RowWindow } from '../series/numeric-rows';
import { ARM_URDF } from './arm.fixture';
import { forward, matching, tips } from './kinematics';
import { aboutAxis, angleBetween, compose, fromRollPitchYaw, IDENTITY, multiply, rotate, slerp, type Pose, type Quat, type Vec3 } from './pose';
import { bodiesOf, bodyColumns, bodyPose, jointValues } from './recorded';
import { parseUrdf } from './urdf';
import { parseXml } from './xml';

const close = (a: Vec3, b: readonly number[]): void => b.forEach((value, i) => expect(a[i]).toBeCloseTo(value, 9));

describe('poses', () => {
  it('turn vectors as the right hand says', () => {
    close(rotate(aboutAxis([0, 0, 1], Math.PI / 2), [1, 0, 0]), [0, 1, 0]);
    close(rotate(aboutAxis([0, 2, 0], Math.PI / 2), [1, 0, 0]), [0, 0, -1]);
  });

  it('chain: T_a_c = T_a_b · T_b_c', () => {
    const a: Pose = { position: [1, 0, 0], orientation: aboutAxis([0, 0, 1], Math.PI / 2) };
    close(compose(a, { position: [2, 0, 0], orientation: IDENTITY.orientation }).position, [1, 2, 0]);
  });

  it('take roll, pitch, yaw about the fixed axes, as URDF does', () => {
    close(rotate(fromRollPitchYaw(Math.PI / 2, 0, Math.PI / 2), [0, 1, 0]), [0, 0, 1]);
  });

  it('slerp goes the shorter way at constant speed, also between nearly equal ones', () => {
    const a: Quat = aboutAxis([0, 0, 1], 0);
    const b = aboutAxis([0, 0, 1], 1);
    expect(angleBetween(a, slerp(a, b, 0.25))).toBeCloseTo(0.25, 9);
    expect(angleBetween(a, slerp(a, [-b[0], -b[1], -b[2], -b[3]], 0.25))).toBeCloseTo(0.25, 9);
    expect(angleBetween(a, slerp(a, aboutAxis([0, 0, 1], 1e-4), 0.5))).toBeCloseTo(5e-5, 9);
  });
});

describe('parseUrdf', () => {
  it('reads links, shapes and joints, parents before children', () => {
    const robot = parseUrdf(ARM_URDF);
    expect(robot.root).toBe('base');
    expect(robot.joints.map((joint) => joint.name).indexOf('wrist_roll')).toBeGreaterThan(robot.joints.map((joint) => joint.name).indexOf('wrist_flex'));
    expect(robot.links.get('base')![0]).toMatchObject({ origin: { position: [0, 0, 0.06] }, shape: { kind: 'box', size: [0.1, 0.1, 0.12] } });
    expect(tips(robot).sort()).toEqual(['finger_left', 'opening']);
    expect(matching(robot, ['elbow_flex', 'gripper', 'left_wheel'])).toBe(2);
  });

  it.each([
    ['<robot><link name="a"/><link name="a"/></robot>', 'two links'],
    ['<robot><link name="a"/><joint name="j" type="fixed"><parent link="a"/><child link="b"/></joint></robot>', '"b"'],
    ['<robot><link name="a"/><link name="b"/></robot>', 'more than one root'],
    ['<robot><link name="a"/><link name="b"/><joint name="i" type="fixed"><parent link="a"/><child link="b"/></joint><joint name="j" type="fixed"><parent link="b"/><child link="a"/></joint></robot>', 'ring'],
    ['<robot><link name="a"><visual><geometry><box size="1 2"/></geometry></visual></link></robot>', 'three numbers'],
    ['<robot><link name="a"/><link name="b"/><joint name="j" type="elastic"><parent link="a"/><child link="b"/></joint></robot>', 'elastic'],
    ['<sdf/>', '<sdf>'],
  ])('refuses %s', (text, said) => {
    expect(() => parseUrdf(text)).toThrow(said);
  });

  it('refuses broken XML with the line', () => {
    expect(() => parseXml('<robot>\n<link name="a">\n</robot>')).toThrow('line 3');
    expect(() => parseXml('<robot>\n<<</robot>')).toThrow('line 2');
    expect(() => parseXml('<robot><link/>')).toThrow('not closed');
    for (let i = 0; i < ARM_URDF.length; i += 7) expect(() => parseUrdf(ARM_URDF.slice(0, i))).toThrow();
  });
});

describe('forward kinematics', () => {
  const robot = parseUrdf(ARM_URDF);

  it('stretches the arm along x with all joints at 0', () => {
    close(forward(robot, new Map()).get('tool')!.position, [0.63, 0, 0.12]);
  });

  it('agrees with the chain written out by hand', () => {
    const q = { pan: 0.4, lift: -0.6, elbow: 1.2, forearm: 0.1, wrist: 0.7, roll: -0.3 };
    const move = (x: number, z: number, turn: Quat): Pose => ({ position: [x, 0, z], orientation: turn });
    const chain = [move(0, 0.12, aboutAxis([0, 0, 1], q.pan)), move(0, 0, aboutAxis([0, 1, 0], q.lift)), move(0.25, 0, aboutAxis([0, 1, 0], q.elbow)), move(0.12, 0, aboutAxis([1, 0, 0], q.forearm)),
      move(0.12, 0, aboutAxis([0, 1, 0], q.wrist)), move(0.06, 0, aboutAxis([1, 0, 0], q.roll)), move(0.08, 0, IDENTITY.orientation)].reduce(compose);
    const tool = forward(robot, new Map([['shoulder_pan', q.pan], ['shoulder_lift', q.lift], ['elbow_flex', q.elbow], ['forearm_roll', q.forearm], ['wrist_flex', q.wrist], ['wrist_roll', q.roll]])).get('tool')!;
    close(tool.position, chain.position);
    expect(angleBetween(tool.orientation, chain.orientation)).toBeLessThan(1e-9);
    // In numbers that no code of ours made: pan 90°, the rest straight, points along y.
    close(forward(robot, new Map([['shoulder_pan', Math.PI / 2]])).get('tool')!.position, [0, 0.63, 0.12]);
    close(forward(robot, new Map([['shoulder_lift', -Math.PI / 2]])).get('tool')!.position, [0, 0, 0.75]);
  });

  it('moves a mimicking finger with its joint', () => {
    const poses = forward(robot, new Map([['gripper', 0.06]]));
    close(poses.get('finger_left')!.position, [0.63, 0.03, 0.12]);
    close(poses.get('opening')!.position, [0.63, 0.06, 0.12]);
  });
});

describe('what was recorded', () => {
  async function recorded(window: RowWindow): Promise<NumericRows> {
    const rows = new NumericRows(() => Promise.resolve(window), () => {}, 1e12);
    rows.windowAt(0);
    for (let i = 0; i < 10; i++) await Promise.resolve();
    return rows;
  }

  const body = (rows: number[][]): RowWindow => ({ time: Float64Array.from(rows, (row) => row[0]!), columns: Array.from({ length: 8 }, (_, c) => Float64Array.from(rows, (row) => row[c + 1]!)) });
  const q = aboutAxis([0, 0, 1], 1);

  it('finds the bodies among the columns', () => {
    expect(bodiesOf([...bodyColumns('gripper'), 'gripper.mean_error', ...bodyColumns('cube')])).toEqual(['gripper', 'cube']);
    expect(bodiesOf(['position[0]', 'orientation[3]'])).toEqual([]);
  });

  it('places a body between two frames, linear and slerp', async () => {
    const rows = await recorded(body([[0, 0, 0, 0, 0, 0, 0, 1, 1], [8e6, 0.2, 0, 0, ...q, 1]]));
    const pose = bodyPose(rows, 0, 4e6, 50e6, 'z')!;
    close(pose.position, [0.1, 0, 0]);
    expect(angleBetween(pose.orientation, [0, 0, 0, 1])).toBeCloseTo(0.5, 6);
  });

  it('does not place a body that was not seen, or across a gap', async () => {
    const rows = await recorded(body([[0, 0, 0, 0, 0, 0, 0, 1, 1], [8e6, 0, 0, 0, 0, 0, 0, 1, 0], [16e6, 0, 0, 0, 0, 0, 0, 1, 1], [300e6, 0, 0, 0, 0, 0, 0, 1, 1]]));
    expect(bodyPose(rows, 0, 4e6, 50e6, 'z')).toBeNull();
    expect(bodyPose(rows, 0, 100e6, 50e6, 'z')).toBeNull();
    expect(bodyPose(rows, 0, 16e6, 50e6, 'z')).not.toBeNull();
  });

  it('turns y-up mocap so that z is up', async () => {
    const rows = await recorded(body([[0, 1, 2, 3, 0, 0, 0, 1, 1], [8e6, 1, 2, 3, 0, 0, 0, 1, 1]]));
    close(bodyPose(rows, 0, 0, 50e6, 'y')!.position, [1, -3, 2]);
  });

  it('leaves out a joint that did not answer', async () => {
    const rows = await recorded({ time: Float64Array.from([0, 5e6]), columns: [Float64Array.from([0, 1]), Float64Array.from([NaN, 1])] });
    const values = jointValues(rows, ['a', 'b'], 2.5e6, 50e6)!;
    expect(values.get('a')).toBeCloseTo(0.5);
    expect(values.has('b')).toBe(false);
    expect(multiply(IDENTITY.orientation, q)).toEqual(q);
  });
});
