import type { Ns } from '../time/clock';

/** Shapes of `replay/http-api.md`. Members that an older or a broken episode may lack are optional or null. */
export interface EpisodeSummary {
  name: string;
  id: string | null;
  rig: string | null;
  state: 'recording' | 'sealed' | 'recovered' | null;
  live: boolean;
  created_utc: string | null;
  duration_ns: Ns | null;
  bytes: number | null;
  streams: number | null;
  instruction: string | null;
  operator: string | null;
  segments: number | null;
  problem: string | null;
}

export interface Gap {
  from_ns: Ns;
  to_ns: Ns;
  count: number | null;
  reason: string;
}

export interface StreamInfo {
  name: string;
  kind: string;
  file: string;
  bytes: number;
  rows: number;
  rate_hz: number | null;
  clock: string | null;
  /** Of a camera's pictures: `mjpeg`, `h264`; null for other streams. */
  encoding: string | null;
  time_range_ns: [Ns, Ns] | null;
  columns: { name: string; unit: string | null }[];
  gaps: Gap[];
  metadata: Record<string, string>;
}

export interface ModelFile {
  name: string;
  file: string;
}

export interface Manifest {
  id?: string;
  state?: string;
  rig?: string;
  created_utc?: string;
  duration_ns?: Ns;
  stopped?: string;
  task?: Record<string, string | number | boolean>;
}

export interface Episode {
  name: string;
  manifest: Manifest | null;
  live: boolean;
  time_version: string;
  time_range_ns: [Ns, Ns] | null;
  streams: StreamInfo[];
  models: ModelFile[];
}

export interface Growth {
  rows: Record<string, number>;
  bytes: Record<string, number>;
  time_range_ns: [Ns, Ns] | null;
}

/** Where an edge of a segment stands: a row of a stream and how far after it. */
export interface Anchor {
  stream: string;
  sequence: number;
  segment: number;
  offset_ns: Ns;
  time_version: string;
  time_ns: Ns;
}

/** What a page sends for an anchor: the server fills in the rest. */
export type AnchorRequest = Pick<Anchor, 'stream' | 'sequence' | 'segment' | 'offset_ns'> | Pick<Anchor, 'stream' | 'time_ns'>;

export interface Segment {
  id: string;
  verb: string;
  note: string;
  start: Anchor;
  end: Anchor;
  author: string;
  edited_utc: string;
}

export interface LabelView {
  head: string;
  segments: Segment[];
  verbs: string[];
}

export type LabelOperation =
  | { op: 'create'; id: string; start: AnchorRequest; end: AnchorRequest; verb?: string; note?: string }
  | { op: 'move'; id: string; start?: AnchorRequest; end?: AnchorRequest }
  | { op: 'verb'; id: string; verb: string }
  | { op: 'note'; id: string; note: string }
  | { op: 'delete' | 'restore'; id: string };

export interface LabelAnswer {
  head: string;
  segment: Segment | null;
}

export interface ReleaseAnswer {
  file: string;
  segments: number;
  head: string;
}
