import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/client';
import type { Anchor, AnchorRequest, LabelAnswer, LabelOperation, LabelView, Segment } from '../api/types';
import { tableOf } from '../frames/table-of.fixture';
import { anchorAtRow, anchorNear } from './anchor';
import { LabelStore } from './label-store';

/** A log as the server keeps it: heads that must match, segments in force. */
class FakeServer {
  head = 'h0';
  segments = new Map<string, Segment>();
  deleted = new Map<string, Segment>();
  log: LabelOperation[] = [];
  down = false;
  loseAnswer = false;

  load(): Promise<LabelView> {
    if (this.down) return Promise.reject(new ApiError(0, 'The server does not answer.', '', 'Start it.'));
    return Promise.resolve({ head: this.head, segments: [...this.segments.values()], verbs: ['reach', 'grasp'] });
  }

  edit(operation: LabelOperation, parent: string): Promise<LabelAnswer> {
    if (this.down) return Promise.reject(new ApiError(0, 'The server does not answer.', '', 'Start it.'));
    if (parent !== this.head) return Promise.reject(new ApiError(409, 'The labels have changed.', 'parent', 'Load them again.'));
    this.log.push(operation);
    this.head = `h${this.log.length}`;
    const old = this.segments.get(operation.id) ?? this.deleted.get(operation.id);
    const next = this.next(operation, old);
    this.segments.delete(operation.id);
    if (next) this.segments.set(operation.id, next);
    else this.deleted.set(operation.id, old!);
    if (this.loseAnswer) {
      this.loseAnswer = false;
      return Promise.reject(new ApiError(0, 'The server does not answer.', '', 'Start it.'));
    }
    return Promise.resolve({ head: this.head, segment: next });
  }

  private next(operation: LabelOperation, old: Segment | undefined): Segment | null {
    switch (operation.op) {
      case 'create': return { id: operation.id, verb: operation.verb ?? '', note: '', start: anchor(operation.start), end: anchor(operation.end), author: 'me', edited_utc: '' };
      case 'move': return { ...old!, ...(operation.start && { start: anchor(operation.start) }), ...(operation.end && { end: anchor(operation.end) }) };
      case 'verb': return { ...old!, verb: operation.verb };
      case 'note': return { ...old!, note: operation.note };
      case 'restore': return old!;
      case 'delete': return null;
    }
  }
}

function anchor(given: AnchorRequest): Anchor {
  const sequence = 'sequence' in given ? given.sequence : 0;
  return { stream: given.stream, sequence, segment: 0, offset_ns: 0, time_version: 'v1', time_ns: sequence * 33e6 };
}

const at = (sequence: number): AnchorRequest => ({ stream: 'front', sequence, segment: 0, offset_ns: 0 });

async function store(): Promise<{ server: FakeServer; labels: LabelStore }> {
  const server = new FakeServer();
  const labels = new LabelStore(server, () => 77);
  await labels.load();
  return { server, labels };
}

describe('LabelStore', () => {
  it('sends every edit at once and counts it as saved only when the server has it', async () => {
    const { server, labels } = await store();
    const done = labels.create('a', at(10), at(20));
    expect(labels.segments.length).toBe(0);
    await Promise.resolve();
    expect(labels.state.kind).toBe('saving');
    expect((await done)?.start.sequence).toBe(10);
    expect(server.log.length).toBe(1);
    expect(labels.state).toEqual({ kind: 'saved', atMs: 77 });
  });

  it('sends quick edits one after another, each with the head before it', async () => {
    const { server, labels } = await store();
    await Promise.all([labels.create('a', at(1), at(2)), labels.setVerb('a', 'grasp'), labels.create('b', at(3), at(4)), labels.setNote('b', 'slips')]);
    expect(server.log.map((operation) => operation.op)).toEqual(['create', 'verb', 'create', 'note']);
    expect(labels.segments.map((segment) => [segment.verb, segment.note])).toEqual([['grasp', ''], ['', 'slips']]);
  });

  it('takes back every kind of edit, the last first', async () => {
    const { labels } = await store();
    await labels.create('a', at(1), at(5));
    await labels.setVerb('a', 'grasp');
    await labels.move('a', { end: at(9) });
    await labels.setNote('a', 'n');
    await labels.delete('a');
    const seen: unknown[] = [];
    while (labels.canUndo) {
      await labels.undo();
      const segment = labels.get('a');
      seen.push(segment ? [segment.verb, segment.end.sequence, segment.note] : null);
    }
    expect(seen).toEqual([['grasp', 9, 'n'], ['grasp', 9, ''], ['grasp', 5, ''], ['', 5, ''], null]);
    expect(await labels.undo()).toBeNull();
  });

  it('takes in what someone else has edited, and sends its own edit again', async () => {
    const { server, labels } = await store();
    await labels.create('a', at(1), at(5));
    await server.edit({ op: 'create', id: 'b', start: at(7), end: at(9) }, server.head);
    await labels.setVerb('a', 'grasp');
    expect(labels.segments.map((segment) => segment.id)).toEqual(['a', 'b']);
    expect(server.segments.get('a')!.verb).toBe('grasp');
    expect(labels.state.kind).toBe('saved');
  });

  it('does not force an edit over a segment that someone else has changed', async () => {
    const { server, labels } = await store();
    await labels.create('a', at(1), at(5));
    await server.edit({ op: 'verb', id: 'a', verb: 'reach' }, server.head);
    expect(await labels.setVerb('a', 'grasp')).toBeNull();
    expect(server.segments.get('a')!.verb).toBe('reach');
    expect(labels.get('a')!.verb).toBe('reach');
    expect(labels.state).toMatchObject({ kind: 'failed', message: expect.stringContaining('elsewhere') as string });
  });

  it('does not send twice what arrived though its answer was lost', async () => {
    const { server, labels } = await store();
    server.loseAnswer = true;
    expect((await labels.create('a', at(1), at(5)))?.id).toBe('a');
    expect(server.log.length).toBe(1);
    expect(labels.state.kind).toBe('saved');
  });

  it('says that nothing is saved while the server is down, and goes on when it is back', async () => {
    const { server, labels } = await store();
    server.down = true;
    expect(await labels.create('a', at(1), at(5))).toBeNull();
    expect(labels.state).toMatchObject({ kind: 'failed', lost: true });
    expect(labels.canUndo).toBe(false);
    server.down = false;
    expect((await labels.create('a', at(1), at(5)))?.id).toBe('a');
    expect(labels.state.kind).toBe('saved');
  });

  it('keeps the undo that could not be sent', async () => {
    const { server, labels } = await store();
    await labels.create('a', at(1), at(5));
    server.down = true;
    await labels.undo();
    expect(labels.canUndo).toBe(true);
    server.down = false;
    await labels.undo();
    expect(labels.segments.length).toBe(0);
  });

  it('stands in order of time, and knows the verbs in use beside those offered', async () => {
    const { labels } = await store();
    await labels.create('late', at(50), at(60), 'polish');
    await labels.create('early', at(1), at(5), 'reach');
    expect(labels.segments.map((segment) => segment.id)).toEqual(['early', 'late']);
    expect(labels.verbs).toEqual(['grasp', 'polish', 'reach']);
  });
});

describe('anchors', () => {
  it('stand at a picture, never between two', () => {
    const table = tableOf([10, 43, 76]);
    expect(anchorAtRow('front', table, 1)).toEqual({ stream: 'front', sequence: 1001, segment: 0, offset_ns: 0 });
    expect(anchorNear('front', table, 58)).toEqual({ anchor: anchorAtRow('front', table, 1), time: 43 });
    expect(anchorNear('front', tableOf([]), 58)).toBeNull();
  });
});
