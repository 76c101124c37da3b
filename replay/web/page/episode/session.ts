import {
  bodiesOf, bodyColumns, Clock, decodedUntil, decodePeaks, decodeRows, decodeSeries, decodeSound, followGrowth, FrameSource, FrameTable, LabelStore, NumericRows, parseUrdf,
  SeriesTiles, SoundPlayer, View, matching,
  type ApiClient, type DecodeGroup, type Episode, type Growth, type Ns, type Periods, type Picture, type Robot, type Speaker, type StreamInfo,
} from '../../core';

export interface CameraFeed {
  info: StreamInfo;
  table: FrameTable;
  source: FrameSource;
}

export interface PlotGroup {
  stream: StreamInfo;
  /** `position`, `acceleration`, `gripper.position`. */
  group: string;
  unit: string | null;
  columns: string[];
  labels: string[];
}

export interface ArmFeed {
  info: StreamInfo;
  joints: string[];
  rows: NumericRows;
}

export interface MocapFeed {
  info: StreamInfo;
  bodies: string[];
  rows: NumericRows;
  upAxis: string;
}

/** The timeline of a growing episode grows in steps: drawing all of it anew costs more than it tells. */
const VIEW_GROWS_BY_NS = 400e6;

/** Pictures that depend on each other come out of the decoder in runs: half a second of 1080p. */
const GROUP_CACHE_BYTES = 128 << 20;

/** Streams about clocks and losses are evidence, not lanes. */
export function isSample(stream: StreamInfo): boolean {
  return stream.kind !== 'ledger' && !stream.kind.startsWith('clock.');
}

/** Rows a second as they came; the nominal rate while there are too few. Some devices name none. */
export function rateOf(stream: StreamInfo): number {
  const [from, to] = stream.time_range_ns ?? [0, 0];
  const measured = stream.rows > 10 && to > from ? ((stream.rows - 1) * 1e9) / (to - from) : NaN;
  const nominal = stream.rate_hz !== null && stream.rate_hz > 0.01 ? stream.rate_hz : NaN;
  return Number.isNaN(nominal) ? (Number.isNaN(measured) ? 30 : measured) : nominal;
}

/** An opened episode: one clock, and everything under it. No part of it is seen. */
export class Session {
  readonly clock: Clock;
  readonly view: View;
  readonly cameras: CameraFeed[];
  readonly labels: LabelStore;
  readonly sound: SoundPlayer | null;
  readonly soundStream: StreamInfo | null;
  readonly arms: ArmFeed[];
  readonly mocap: MocapFeed | null;
  /** Something arrived: what shows it may want to be drawn again. */
  onData: () => void = () => {};
  /** What was told of the episode is no longer so: its times are final, or another stream began. It is to be opened anew. */
  onOutdated: () => void = () => {};
  problem: string | null = null;
  connectionLost = false;
  private readonly tiles = new Map<string, SeriesTiles>();
  private readonly loadingFrames = new Set<string>();
  private stopFollowing: (() => void) | null = null;
  private closed = false;

  constructor(readonly client: ApiClient, readonly episode: Episode, decode: (bytes: Uint8Array) => Promise<Picture>, decodeGroup: DecodeGroup, speaker: () => Speaker | null) {
    const { name, streams } = episode;
    const [from, to] = episode.time_range_ns ?? [0, 0];
    this.clock = new Clock(() => performance.now(), from, to);
    this.view = new View(from, Math.max(to, from + 1e9));
    this.cameras = streams.filter((stream) => stream.kind === 'camera.frame').map((info) => {
      const table = new FrameTable();
      const source = new FrameSource(table, {
        decode,
        ...(info.encoding === 'h264' ? { decodeGroup, cacheBytes: GROUP_CACHE_BYTES } : {}),
        fetchRange: (offset, length, signal) => client.range(name, info.file, offset, length, signal),
      });
      return { info, table, source };
    });
    this.labels = new LabelStore({ load: () => client.labels(name), edit: (operation, parent) => client.edit(name, operation, parent) });
    this.soundStream = streams.find((stream) => stream.kind === 'audio.period') ?? null;
    this.sound = this.soundStream ? new SoundPlayer(this.clock, speaker, (a, b) => this.loadSound(this.soundStream!, a, b)) : null;
    this.arms = streams.filter((stream) => stream.kind === 'joint.state').map((info) => {
      const joints = (info.metadata['capture.joints'] ?? '').split(',').filter(Boolean);
      return { info, joints, rows: this.rows(info, joints.map((_, i) => `position[${i}]`)) };
    }).filter((arm) => arm.joints.length > 0);
    const mocap = streams.find((stream) => stream.kind === 'mocap.frame');
    const bodies = mocap ? bodiesOf(mocap.columns.map((column) => column.name)) : [];
    this.mocap = mocap ? { info: mocap, bodies, rows: this.rows(mocap, bodies.flatMap(bodyColumns)), upAxis: mocap.metadata['capture.mocap.up_axis'] ?? 'z' } : null;
  }

  /** Loads where the pictures lie, and the labels; follows the episode while it grows. */
  async start(): Promise<void> {
    await Promise.all([...this.cameras.map((camera) => this.loadFrames(camera)), this.labels.load()]);
    if (this.episode.live && !this.closed) {
      this.stopFollowing = followGrowth(() => new EventSource(this.client.eventsUrl(this.episode.name)), {
        grew: (growth) => this.grew(growth),
        sealed: () => { if (!this.closed) this.onOutdated(); },
        lost: () => { this.connectionLost = true; this.onData(); },
      });
    }
  }

  /** The first instant at which every camera has a picture. */
  get firstWhole(): Ns {
    const firsts = this.cameras.filter((camera) => camera.table.rows > 0).map((camera) => camera.table.get(camera.table.neighbour(-1, 1)).time);
    return Math.max(this.clock.from, ...firsts);
  }

  /** The arms that have a model: the one of the arm's own name, or the only one. A follower before a leader: it is the one that touches things. */
  async loadArms(): Promise<{ arm: ArmFeed; robot: Robot }[]> {
    const models = this.episode.models.filter((model) => model.name.toLowerCase().endsWith('.urdf'));
    const found = await Promise.all(this.arms.map(async (arm) => {
      const model = models.find((one) => one.name.replace(/\.urdf$/i, '') === arm.info.name.split('.')[0]) ?? models[0];
      const robot = model && parseUrdf(await this.client.text(this.episode.name, model.file));
      return robot && matching(robot, arm.joints) > 0 ? [{ arm, robot }] : [];
    }));
    return found.flat().sort((a, b) => Number(a.arm.info.name.includes('leader')) - Number(b.arm.info.name.includes('leader')));
  }

  plotGroups(): PlotGroup[] {
    const groups = new Map<string, PlotGroup>();
    for (const stream of this.episode.streams.filter(isSample)) {
      const joints = (stream.metadata['capture.joints'] ?? '').split(',').filter(Boolean);
      for (const column of stream.columns) {
        const match = /^(.*)\[(\d+)\]$/.exec(column.name);
        const group = match ? match[1]! : column.name;
        const key = `${stream.name}/${group}`;
        const one = groups.get(key) ?? { stream, group, unit: column.unit, columns: [], labels: [] };
        const index = match ? Number(match[2]) : 0;
        one.columns.push(column.name);
        one.labels.push(!match ? column.name : joints[index] ?? (group.endsWith('orientation') ? 'xyzw'[index] : 'xyz'[index]) ?? String(index));
        groups.set(key, one);
      }
    }
    return [...groups.values()];
  }

  series(stream: StreamInfo, columns: readonly string[]): SeriesTiles {
    return this.tilesFor(`${stream.name}/${columns.join()}`, stream, async (from, to, points, signal) =>
      decodeSeries(await this.client.series(this.episode.name, stream.name, columns, from, to, points, signal), columns, `series of ${stream.name}`));
  }

  peaks(stream: StreamInfo): SeriesTiles {
    return this.tilesFor(`${stream.name}/peaks`, stream, async (from, to, points, signal) =>
      decodePeaks(await this.client.peaks(this.episode.name, stream.name, from, to, points, signal), `peaks of ${stream.name}`));
  }

  rows(stream: StreamInfo, columns: readonly string[]): NumericRows {
    const window = rateOf(stream) > 500 ? 2e9 : 4e9;
    const rows = new NumericRows(async (from, to) => decodeRows(await this.client.rows(this.episode.name, stream.name, columns, from, to), columns, `rows of ${stream.name}`),
      () => this.onData(), this.clock.to, window);
    this.growing.push(rows);
    return rows;
  }

  close(): void {
    this.closed = true;
    this.stopFollowing?.();
    this.sound?.silence();
    for (const camera of this.cameras) camera.source.close();
    for (const tiles of this.tiles.values()) tiles.close();
  }

  private readonly growing: NumericRows[] = [];

  private tilesFor(key: string, stream: StreamInfo, load: ConstructorParameters<typeof SeriesTiles>[0]): SeriesTiles {
    let tiles = this.tiles.get(key);
    if (!tiles) {
      const [from, to] = stream.time_range_ns ?? [this.view.min, this.view.max];
      tiles = new SeriesTiles(load, () => this.onData(), from, to);
      this.tiles.set(key, tiles);
    }
    return tiles;
  }

  private async loadSound(stream: StreamInfo, from: Ns, to: Ns): Promise<Periods> {
    return decodeSound(await this.client.sound(this.episode.name, stream.name, from, to), `sound of ${stream.name}`);
  }

  private async loadFrames(camera: CameraFeed): Promise<void> {
    const { info, table } = camera;
    if (this.loadingFrames.has(info.name)) return;
    this.loadingFrames.add(info.name);
    try {
      table.append(await this.client.frames(this.episode.name, info.name, table.rows), `frames of ${info.name}`);
    } catch (error) {
      this.problem = `${info.name}: ${(error as Error).message}`;
    } finally {
      this.loadingFrames.delete(info.name);
    }
    this.onData();
  }

  private grew(growth: Growth): void {
    if (this.closed) return;
    this.connectionLost = false;
    // A recorder makes its files one after the other: who looks early has not been told of all of them.
    if (Object.keys(growth.rows).some((name) => !this.episode.streams.some((stream) => stream.name === name))) return this.onOutdated();
    const range = growth.time_range_ns;
    for (const stream of this.episode.streams) {
      stream.rows = growth.rows[stream.name] ?? stream.rows;
      stream.bytes = growth.bytes[stream.name] ?? stream.bytes;
      if (range && stream.time_range_ns) stream.time_range_ns = [stream.time_range_ns[0], range[1]];
      else if (range && stream.rows > 0 && isSample(stream)) stream.time_range_ns = range;
    }
    if (range) {
      if (range[1] - this.view.max > VIEW_GROWS_BY_NS) this.view.setLimits(range[0], Math.max(range[1], range[0] + 1e9));
      for (const tiles of this.tiles.values()) tiles.setExtent(range[0], range[1]);
      for (const rows of this.growing) rows.setEnd(range[1]);
    }
    const behind = this.cameras.filter((camera) => (growth.rows[camera.info.name] ?? 0) > camera.table.rows);
    if (range) this.grownRange = range;
    void Promise.all(behind.map((camera) => this.loadFrames(camera)));
  }

  /** Called once an animation frame before the clock's tick: the range that can be played grows with the data. */
  tickGrowth(): void {
    if (!this.grownRange || this.closed) return;
    const [from, to] = this.grownRange;
    this.clock.setRange(from, this.playableEnd(to), Math.min(to, ...this.sending(to).map((camera) => camera.table.lastTime)));
  }

  private grownRange: [Ns, Ns] | null = null;

  /** The time of the newest row of all. */
  get newest(): Ns { return this.grownRange?.[1] ?? this.clock.to; }

  private sending(end: Ns): CameraFeed[] {
    return this.cameras.filter((camera) => camera.table.lastTime > end - 1e9);
  }

  /** As far as every camera that still sends has pictures, and when following, has them decoded: the clock does not run ahead of what can be shown. */
  private playableEnd(end: Ns): Ns {
    const { clock } = this;
    const ends = this.sending(end).map(({ table, source }) => (clock.following ? Math.max(clock.time, decodedUntil(table, source, clock.time)) : table.lastTime));
    return Math.min(end, ...ends);
  }
}
