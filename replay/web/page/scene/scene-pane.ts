import {
  AmbientLight, AxesHelper, BoxGeometry, BufferGeometry, Color, DirectionalLight, EdgesGeometry, Float32BufferAttribute, Group, LineBasicMaterial, LineSegments, Mesh,
  MeshLambertMaterial, Object3D, PerspectiveCamera, Quaternion, Scene, Vector3, WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/examples/jsm/controls/OrbitControls.js';
import { bodyPose, forward, jointValues, tips, type Ns, type Pose, type Robot, type StreamInfo } from '../../core';
import { rateOf, type ArmFeed, type Session } from '../episode/session';
import { el, setText } from '../look/dom';
import { onThemeChange, palette } from '../look/theme';
import { place, RobotModel } from './robot-model';
import './scene.css';

/** Joints and bodies are drawn between samples at most this many of their intervals apart; beyond it they fade: nothing is made up. */
const GAP_INTERVALS = 6;
/** A body has no size in the recording; it is drawn as a cube of this edge. */
const BODY_M = 0.04;
/** Without a graphics card a picture of the scene costs as much as all cameras' together. */
const SOFTWARE_EVERY_MS = 120;

/** The arm as its joints were recorded, and the bodies as motion capture saw them, z up, metres. */
export class ScenePane {
  readonly element: HTMLElement;
  drawnTime: Ns = NaN;
  private readonly box = el('div', { class: 'stagebox' });
  private readonly told = el('div', { class: 'told', role: 'status' });
  private readonly head = el('header', { class: 'pane-head' }, el('strong', {}, 'Scene'), el('span', { class: 'grow' }));
  private readonly scene = new Scene();
  private readonly eye = new PerspectiveCamera(42, 4 / 3, 0.01, 30);
  private readonly edges = new LineBasicMaterial({ transparent: true, opacity: 0.35 });
  private readonly grid = new LineBasicMaterial();
  private readonly solid = [new MeshLambertMaterial(), new MeshLambertMaterial(), new MeshLambertMaterial({ transparent: true, opacity: 0.85 }), new MeshLambertMaterial({ transparent: true, opacity: 0.55 })];
  private readonly bodies = new Map<string, Group>();
  private renderer: WebGLRenderer | null = null;
  private model: RobotModel | null = null;
  private robot: Robot | null = null;
  private arm: ArmFeed | null = null;
  private dirty = true;
  private software = false;
  private nextRenderAt = 0;
  private readonly unsubscribe: () => void;

  constructor(private readonly session: Session) {
    this.element = el('section', { class: 'scene', 'aria-label': 'Scene in 3D' }, this.head, this.box);
    this.box.append(this.told);
    this.eye.up.set(0, 0, 1);
    this.eye.position.set(0.72, -0.62, 0.5);
    this.scene.add(new AmbientLight(0xffffff, 1.5), gridLines(this.grid), new AxesHelper(0.1));
    const sun = new DirectionalLight(0xffffff, 1.9);
    sun.position.set(0.4, -0.5, 1.2);
    this.scene.add(sun);
    for (const name of session.mocap?.bodies ?? []) this.addBody(name);
    this.unsubscribe = onThemeChange(() => this.colour());
    this.openRenderer();
    this.colour();
    void this.loadArms();
  }

  /** Where a link of the arm, or a body, stands as drawn: for tests that compare it with the recording. */
  pose(object: Object3D | undefined): Pose | null {
    if (!object || !object.visible || object.userData['hidden']) return null;
    this.scene.updateMatrixWorld(true);
    const p = object.getWorldPosition(new Vector3());
    const q = object.getWorldQuaternion(new Quaternion());
    return { position: [p.x, p.y, p.z], orientation: [q.x, q.y, q.z, q.w] };
  }

  link(name: string): Pose | null { return this.arm && this.armShown ? this.pose(this.model?.links.get(name)) : null; }
  body(name: string): Pose | null { return this.pose(this.bodies.get(name)); }
  get toolLink(): string | null {
    const ends = this.robot ? tips(this.robot) : [];
    return this.robot?.links.has('tool') ? 'tool' : ends[0] ?? null;
  }

  get armStream(): string | null { return this.arm?.info.name ?? null; }
  get ready(): boolean { return this.loaded; }

  private loaded = false;
  private armShown = false;

  /** Places everything for an instant. False while its rows are still loading. */
  update(time: Ns): boolean {
    if (!this.loaded) return false;
    if (time === this.drawnTime && !this.waiting) return true;
    this.waiting = false;
    const missing: string[] = [];
    if (this.arm && this.model && this.robot) {
      if (!this.arm.rows.windowAt(time)) this.waiting = this.arm.rows.error === null;
      const values = jointValues(this.arm.rows, this.arm.joints, time, gapOf(this.arm.info));
      this.armShown = values !== null;
      if (values) this.model.set(forward(this.robot, values));
      else if (!this.waiting) missing.push(this.arm.info.name);
    }
    const mocap = this.session.mocap;
    if (mocap) {
      if (!mocap.rows.windowAt(time)) this.waiting = mocap.rows.error === null;
      mocap.bodies.forEach((name, i) => {
        const pose = bodyPose(mocap.rows, i, time, gapOf(mocap.info), mocap.upAxis);
        const group = this.bodies.get(name)!;
        group.visible = pose !== null;
        if (pose) place(group, pose);
        else if (!this.waiting) missing.push(name);
      });
    }
    const errors = [this.arm?.rows.error, mocap?.rows.error].filter(Boolean);
    setText(this.told, this.problem ?? errors[0] ?? (missing.length > 0 ? `Not seen at this instant: ${missing.join(', ')}` : ''));
    this.drawnTime = time;
    this.dirty = true;
    return !this.waiting;
  }

  private waiting = true;
  private problem: string | null = null;

  /** Draws when something moved. While playing, a slow machine gets fewer pictures here so that the cameras keep theirs. */
  render(nowMs: number, playing: boolean): void {
    if (!this.renderer || !this.dirty || (playing && nowMs < this.nextRenderAt)) return;
    this.renderer.render(this.scene, this.eye);
    this.nextRenderAt = nowMs + (this.software ? SOFTWARE_EVERY_MS : 30);
    this.dirty = false;
  }

  close(): void {
    this.unsubscribe();
    this.renderer?.dispose();
    this.renderer?.forceContextLoss();
  }

  private async loadArms(): Promise<void> {
    try {
      const found = await this.session.loadArms();
      if (found[0]) {
        this.show(found[0]);
        this.head.append(found.length > 1 ? this.armChoice(found) : el('span', { class: 'legend' }, found[0].arm.info.name));
      } else if (this.session.arms.length > 0) {
        this.problem = this.session.episode.models.length === 0 ? 'No arm: the episode has no model (models/*.urdf).' : 'No arm: no recorded joint is in a model.';
      }
    } catch (error) {
      this.problem = (error as Error).message;
    }
    if (this.session.mocap) this.head.append(el('span', { class: 'legend', title: 'Bodies of motion capture, drawn in the arm’s frame. A body has no size in the recording.' }, this.session.mocap.bodies.join(', ')));
    if (!this.renderer) this.problem = 'This browser has no WebGL: the scene is not drawn.';
    this.loaded = true;
    this.drawnTime = NaN;
  }

  private show({ arm, robot }: { arm: ArmFeed; robot: Robot }): void {
    this.model?.group.removeFromParent();
    this.arm = arm;
    this.robot = robot;
    this.model = new RobotModel(robot, (index) => this.solid[index === 0 ? 1 : index % 2]!, this.edges);
    this.scene.add(this.model.group);
    this.problem = this.model.notDrawn.length > 0 ? `Meshes in files are not drawn: ${[...new Set(this.model.notDrawn)].join(', ')}` : null;
    this.drawnTime = NaN;
  }

  private armChoice(found: { arm: ArmFeed; robot: Robot }[]): HTMLElement {
    return el('select', {
      'aria-label': 'Joints that drive the arm',
      onchange: (event: Event) => {
        const chosen = found.find(({ arm }) => arm.info.name === (event.target as HTMLSelectElement).value);
        if (chosen) this.show(chosen);
      },
    }, ...found.map(({ arm }) => el('option', { value: arm.info.name }, arm.info.name)));
  }

  private addBody(name: string): void {
    const group = new Group();
    group.name = name;
    const held = name !== 'gripper' && !/tool|hand|wrist/.test(name);
    if (held) {
      const cube = new BoxGeometry(BODY_M, BODY_M, BODY_M);
      group.add(new Mesh(cube, this.solid[2]!), new LineSegments(new EdgesGeometry(cube), this.edges));
    }
    group.add(new AxesHelper(held ? 0.05 : 0.09));
    group.visible = false;
    this.bodies.set(name, group);
    this.scene.add(group);
  }

  private openRenderer(): void {
    try {
      this.software = drawsInSoftware();
      this.renderer = new WebGLRenderer({ antialias: !this.software, powerPreference: 'low-power' });
    } catch {
      return;
    }
    this.box.prepend(this.renderer.domElement);
    this.renderer.domElement.tabIndex = -1;
    const controls = new OrbitControls(this.eye, this.renderer.domElement);
    controls.target.set(0.18, 0, 0.12);
    controls.minDistance = 0.15;
    controls.maxDistance = 6;
    controls.addEventListener('change', () => { this.dirty = true; });
    controls.update();
    new ResizeObserver(() => {
      const { clientWidth: w, clientHeight: h } = this.box;
      if (w === 0 || h === 0) return;
      this.renderer!.setPixelRatio(this.software ? 1 : Math.min(2, devicePixelRatio));
      this.renderer!.setSize(w, h);
      this.eye.aspect = w / h;
      this.eye.updateProjectionMatrix();
      this.dirty = true;
    }).observe(this.box);
  }

  private colour(): void {
    const colours = palette();
    this.scene.background = new Color(colours.sunken);
    this.grid.color.set(colours.line);
    this.edges.color.set(colours.text);
    this.solid[0]!.color.set(colours.data[1]!);
    this.solid[1]!.color.set(colours.muted);
    this.solid[2]!.color.set(colours.data[6]!);
    this.solid[3]!.color.set(colours.data[0]!);
    this.dirty = true;
  }
}

function drawsInSoftware(): boolean {
  const probe = document.createElement('canvas').getContext('webgl2');
  const names = probe?.getExtension('WEBGL_debug_renderer_info');
  const name = probe && names ? String(probe.getParameter(names.UNMASKED_RENDERER_WEBGL)) : '';
  probe?.getExtension('WEBGL_lose_context')?.loseContext();
  return /swiftshader|llvmpipe|software/i.test(name);
}

function gapOf(stream: StreamInfo): Ns {
  return (GAP_INTERVALS * 1e9) / rateOf(stream);
}

/** The table: a grid of 10 cm, from the arm's foot. */
function gridLines(material: LineBasicMaterial): LineSegments {
  const points: number[] = [];
  for (let i = -6; i <= 6; i++) {
    points.push(-0.3, i / 10, 0, 0.7, i / 10, 0);
    if (i >= -3) points.push(i / 10, -0.6, 0, i / 10, 0.6, 0);
  }
  points.push(0.7, -0.6, 0, 0.7, 0.6, 0);
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new Float32BufferAttribute(points, 3));
  return new LineSegments(geometry, material);
}
