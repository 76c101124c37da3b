/** For tests: the bench arm's chain as URDF text, written out by hand from its description. */
export const ARM_URDF = `<?xml version="1.0"?>
<!-- six joints and a gripper -->
<robot name="bench">
  <link name="base"><visual><origin xyz="0 0 0.06"/><geometry><box size="0.1 0.1 0.12"/></geometry></visual></link>
  <link name="shoulder"/><link name="upper_arm"/><link name="forearm_near"/><link name="forearm_far"/><link name="wrist"/><link name="hand"/>
  <link name="tool"/><link name="opening"/>
  <link name="finger_left"><visual><geometry><cylinder radius="0.01" length="0.05"/></geometry></visual></link>
  <joint name="wrist_roll" type="revolute"><parent link="wrist"/><child link="hand"/><origin xyz="0.06 0 0"/><axis xyz="1 0 0"/></joint>
  <joint name="shoulder_pan" type="revolute"><parent link="base"/><child link="shoulder"/><origin xyz="0 0 0.12"/><axis xyz="0 0 1"/></joint>
  <joint name="shoulder_lift" type="revolute"><parent link="shoulder"/><child link="upper_arm"/><axis xyz="0 1 0"/></joint>
  <joint name="elbow_flex" type="revolute"><parent link="upper_arm"/><child link="forearm_near"/><origin xyz="0.25 0 0"/><axis xyz="0 1 0"/></joint>
  <joint name="forearm_roll" type="continuous"><parent link="forearm_near"/><child link="forearm_far"/><origin xyz="0.12 0 0"/><axis xyz="1 0 0"/></joint>
  <joint name="wrist_flex" type="revolute"><parent link="forearm_far"/><child link="wrist"/><origin xyz="0.12 0 0"/><axis xyz="0 1 0"/></joint>
  <joint name="tool" type="fixed"><parent link="hand"/><child link="tool"/><origin xyz="0.08 0 0"/></joint>
  <joint name="gripper" type="prismatic"><parent link="tool"/><child link="opening"/><axis xyz="0 1 0"/></joint>
  <joint name="finger_left" type="prismatic"><parent link="tool"/><child link="finger_left"/><axis xyz="0 1 0"/><mimic joint="gripper" multiplier="0.5"/></joint>
</robot>`;
