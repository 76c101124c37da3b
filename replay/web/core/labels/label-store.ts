import { ApiError } from '../api/client';
import type { AnchorRequest, LabelAnswer, LabelOperation, LabelView, Segment } from '../api/types';

export interface LabelBackend {
  load(): Promise<LabelView>;
  edit(operation: LabelOperation, parent: string): Promise<LabelAnswer>;
}

export type SaveState =
  | { kind: 'loading' }
  | { kind: 'saved'; atMs: number | null }
  | { kind: 'saving' }
  | { kind: 'failed'; message: string; remedy: string; lost: boolean };

/**
 * The segments of an episode as the server has them. Every edit goes to the server at once, one after another; nothing counts as done before the server has it on disk.
 * When someone else has edited in between (409), the present state is loaded and the edit is sent once more, unless its segment has changed meanwhile: then it is told, not forced.
 */
export class LabelStore {
  private head = '';
  private list: Segment[] = [];
  private verbList: string[] = [];
  private readonly undos: LabelOperation[] = [];
  private chain: Promise<unknown> = Promise.resolve();
  private pending = 0;
  private readonly listeners = new Set<() => void>();
  private saveState: SaveState = { kind: 'loading' };

  constructor(private readonly backend: LabelBackend, private readonly now: () => number = () => Date.now()) {}

  get segments(): readonly Segment[] { return this.list; }
  get state(): SaveState { return this.saveState; }
  get canUndo(): boolean { return this.undos.length > 0; }

  /** Verbs to choose from: the ones in use here and the server's, each once. */
  get verbs(): string[] {
    return [...new Set([...this.list.map((segment) => segment.verb), ...this.verbList])].filter((verb) => verb !== '').sort((a, b) => a.localeCompare(b));
  }

  /** The server's verbs, in its order. */
  get offeredVerbs(): readonly string[] { return this.verbList; }

  get(id: string): Segment | undefined {
    return this.list.find((segment) => segment.id === id);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async load(): Promise<void> {
    try {
      this.take(await this.backend.load());
      if (this.pending === 0) this.setState({ kind: 'saved', atMs: null });
    } catch (error) {
      this.setState(failed(error));
    }
  }

  /** Saves a new segment; resolves with it, or with null when it could not be saved (`state` says why). */
  create(id: string, start: AnchorRequest, end: AnchorRequest, verb = ''): Promise<Segment | null> {
    return this.apply({ op: 'create', id, start, end, verb }, () => ({ op: 'delete', id }));
  }

  move(id: string, edges: { start?: AnchorRequest; end?: AnchorRequest }): Promise<Segment | null> {
    return this.apply({ op: 'move', id, ...edges }, (old) => ({
      op: 'move', id, ...(edges.start && { start: request(old!.start) }), ...(edges.end && { end: request(old!.end) }),
    }));
  }

  setVerb(id: string, verb: string): Promise<Segment | null> {
    return this.apply({ op: 'verb', id, verb }, (old) => ({ op: 'verb', id, verb: old!.verb }));
  }

  setNote(id: string, note: string): Promise<Segment | null> {
    return this.apply({ op: 'note', id, note }, (old) => ({ op: 'note', id, note: old!.note }));
  }

  delete(id: string): Promise<Segment | null> {
    return this.apply({ op: 'delete', id }, () => ({ op: 'restore', id }));
  }

  /** Takes back the last edit of this page: a further entry of the log, not a hole in it. Resolves with the operation that was sent. */
  async undo(): Promise<LabelOperation | null> {
    const operation = this.undos.pop();
    if (!operation) return null;
    await this.apply(operation, null);
    if (this.saveState.kind === 'failed' && this.saveState.lost) this.undos.push(operation);
    return operation;
  }

  private apply(operation: LabelOperation, inverse: ((old: Segment | undefined) => LabelOperation) | null): Promise<Segment | null> {
    this.pending++;
    const done = this.chain.then(() => this.send(operation, inverse));
    this.chain = done;
    return done;
  }

  private async send(operation: LabelOperation, inverse: ((old: Segment | undefined) => LabelOperation) | null): Promise<Segment | null> {
    this.setState({ kind: 'saving' });
    const old = this.get(operation.id);
    try {
      if (this.head === '') this.take(await this.backend.load());
      const answer = await this.attempt(operation, old);
      if (inverse && (old || operation.op === 'create')) this.undos.push(inverse(old));
      this.pending--;
      this.setState(this.pending > 0 ? { kind: 'saving' } : { kind: 'saved', atMs: this.now() });
      return answer.segment;
    } catch (error) {
      this.pending--;
      this.setState(failed(error));
      return null;
    }
  }

  private async attempt(operation: LabelOperation, old: Segment | undefined): Promise<LabelAnswer> {
    try {
      return this.accept(operation, await this.backend.edit(operation, this.head));
    } catch (error) {
      const conflict = error instanceof ApiError && error.status === 409;
      const lost = error instanceof ApiError && error.status === 0;
      if (!conflict && !lost) throw error;
      this.take(await this.backend.load());
      const present = this.get(operation.id);
      // The answer was lost, not the edit: it is there already.
      if (lost && arrived(operation, present)) return { head: this.head, segment: present ?? null };
      if (conflict && operation.op !== 'create' && operation.op !== 'restore' && !same(old, present)) {
        throw new ApiError(409, 'This segment was edited elsewhere in the meantime.', operation.id, 'Look at it as it is now, and edit again.');
      }
      return this.accept(operation, await this.backend.edit(operation, this.head));
    }
  }

  private accept(operation: LabelOperation, answer: LabelAnswer): LabelAnswer {
    this.head = answer.head;
    const rest = this.list.filter((segment) => segment.id !== operation.id);
    this.list = answer.segment ? sorted([...rest, answer.segment]) : rest;
    return answer;
  }

  private take(view: LabelView): void {
    this.head = view.head;
    this.list = sorted(view.segments);
    this.verbList = view.verbs;
  }

  private setState(state: SaveState): void {
    this.saveState = state;
    for (const listener of this.listeners) listener();
  }
}

function request(anchor: Segment['start']): AnchorRequest {
  return { stream: anchor.stream, sequence: anchor.sequence, segment: anchor.segment, offset_ns: anchor.offset_ns };
}

function arrived(operation: LabelOperation, present: Segment | undefined): boolean {
  switch (operation.op) {
    case 'create':
    case 'restore': return present !== undefined;
    case 'delete': return present === undefined;
    case 'verb': return present?.verb === operation.verb;
    case 'note': return present?.note === operation.note;
    default: return false;
  }
}

function same(a: Segment | undefined, b: Segment | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function sorted(segments: readonly Segment[]): Segment[] {
  return [...segments].sort((a, b) => a.start.time_ns - b.start.time_ns || a.end.time_ns - b.end.time_ns);
}

function failed(error: unknown): SaveState {
  if (error instanceof ApiError) return { kind: 'failed', message: error.what, remedy: error.remedy, lost: error.status === 0 };
  return { kind: 'failed', message: (error as Error).message, remedy: 'Try again.', lost: false };
}
