import type { AnchorRequest } from '../api/types';
import type { FrameTable } from '../frames/frame-table';
import type { Ns } from '../time/clock';

/** The anchor of an edge at a picture: the row itself, nothing after it. */
export function anchorAtRow(stream: string, table: FrameTable, row: number): AnchorRequest {
  const frame = table.get(row);
  return { stream, sequence: frame.sequence, segment: frame.segment, offset_ns: 0 };
}

/** The anchor of an edge dragged to a time: the camera's nearest picture. Null without pictures. */
export function anchorNear(stream: string, table: FrameTable, time: Ns): { anchor: AnchorRequest; time: Ns } | null {
  const row = table.nearest(time);
  return row < 0 ? null : { anchor: anchorAtRow(stream, table, row), time: table.get(row).time };
}
