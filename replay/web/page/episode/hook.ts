import type { FrameRow, Ns, Pose, Stage } from '../../core';
import type { ScenePane } from '../scene/scene-pane';
import type { Session } from './session';

export interface DrawnFrame {
  stream: string;
  row: number;
  sequence: number;
  segment: number;
  time_ns: Ns;
}

/** What a browser test may ask of the page: `window.__replay`, there while an episode is open. */
export interface ReplayHook {
  /** Resolves when the episode can be sought: tables and labels are loaded, the first pictures drawn. */
  ready: Promise<void>;
  episode: string;
  cameras: string[];
  time(): Ns;
  range(): [Ns, Ns];
  /** The newest row that the server has told of, and how far behind it the clock is. */
  behind(): Ns;
  playing(): boolean;
  following(): boolean;
  /** Resolves with the pictures drawn when all cameras and the scene show exactly this instant; rejects when another is asked for first. */
  seek(time: Ns): Promise<Record<string, DrawnFrame | null>>;
  /** The instant that the cameras show, and the picture of each. */
  drawnTime(): Ns;
  drawn(): Record<string, DrawnFrame | null>;
  canvas(camera: string): HTMLCanvasElement | null;
  /** Poses as drawn, in the frame of the arm's foot, m and x y z w; null where not drawn. */
  link(name: string): Pose | null;
  body(name: string): Pose | null;
  /** The arm's tool link and the body `gripper`, and the instant for which both were placed. */
  gripper(): { time_ns: Ns; stream: string | null; link: Pose | null; body: Pose | null };
  saved(): string;
}

declare global {
  interface Window { __replay?: ReplayHook }
}

export interface HookParts {
  session: Session;
  stage: Stage;
  scene: () => ScenePane | null;
  canvas: (camera: string) => HTMLCanvasElement | null;
  whenShown: (time: Ns) => Promise<void>;
  ready: Promise<void>;
}

export function installHook({ session, stage, scene, canvas, whenShown, ready }: HookParts): () => void {
  const { clock, cameras, episode } = session;
  const told = (frame: FrameRow | null, stream: string): DrawnFrame | null => frame && { stream, row: frame.row, sequence: frame.sequence, segment: frame.segment, time_ns: frame.time };
  const drawn = (): Record<string, DrawnFrame | null> => Object.fromEntries(cameras.map(({ info }) => [info.name, told(stage.drawn(info.name), info.name)]));
  const hook: ReplayHook = {
    ready, episode: episode.name, cameras: cameras.map((camera) => camera.info.name),
    time: () => clock.time,
    range: () => [clock.from, clock.to],
    behind: () => session.newest - clock.time,
    playing: () => clock.playing,
    following: () => clock.following,
    seek: async (time) => {
      clock.pause();
      clock.seek(time);
      await whenShown(clock.time);
      return drawn();
    },
    drawnTime: () => stage.drawnInstant,
    drawn, canvas,
    link: (name) => scene()?.link(name) ?? null,
    body: (name) => scene()?.body(name) ?? null,
    gripper: () => {
      const pane = scene();
      const tool = pane?.toolLink;
      return { time_ns: pane?.drawnTime ?? NaN, stream: pane?.armStream ?? null, link: (tool && pane?.link(tool)) || null, body: pane?.body('gripper') ?? null };
    },
    saved: () => session.labels.state.kind,
  };
  window.__replay = hook;
  return () => { if (window.__replay === hook) delete window.__replay; };
}
