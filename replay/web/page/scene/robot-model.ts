import { BoxGeometry, BufferGeometry, CylinderGeometry, EdgesGeometry, Group, LineBasicMaterial, LineSegments, Mesh, MeshLambertMaterial, Object3D, SphereGeometry } from 'three';
import type { Pose, Robot, Shape } from '../../core';

/** The links of a robot as objects, placed by `T_root_link`. */
export class RobotModel {
  readonly group = new Group();
  readonly links = new Map<string, Object3D>();
  /** Meshes in files are not drawn: the links that have one. */
  readonly notDrawn: string[] = [];

  constructor(robot: Robot, material: (index: number) => MeshLambertMaterial, edges: LineBasicMaterial) {
    let index = 0;
    for (const [name, visuals] of robot.links) {
      const link = new Group();
      link.name = name;
      for (const visual of visuals) {
        const geometry = shapeGeometry(visual.shape);
        if (!geometry) {
          this.notDrawn.push(name);
          continue;
        }
        const mesh = new Mesh(geometry, material(index));
        mesh.add(new LineSegments(new EdgesGeometry(geometry, 30), edges));
        place(mesh, visual.origin);
        link.add(mesh);
      }
      if (visuals.length > 0) index++;
      this.links.set(name, link);
      this.group.add(link);
    }
  }

  set(poses: ReadonlyMap<string, Pose>): void {
    for (const [name, pose] of poses) {
      const link = this.links.get(name);
      if (link) place(link, pose);
    }
  }
}

export function place(object: Object3D, pose: Pose): void {
  object.position.set(...pose.position);
  object.quaternion.set(...pose.orientation);
}

function shapeGeometry(shape: Shape): BufferGeometry | null {
  switch (shape.kind) {
    case 'box': return new BoxGeometry(...shape.size);
    case 'sphere': return new SphereGeometry(shape.radius, 20, 14);
    // URDF's cylinders stand along z, three's along y.
    case 'cylinder': return new CylinderGeometry(shape.radius, shape.radius, shape.length, 24).rotateX(Math.PI / 2);
    case 'mesh': return null;
  }
}
