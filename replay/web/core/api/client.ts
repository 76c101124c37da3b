import type { Ns } from '../time/clock';
import type { Episode, EpisodeSummary, LabelAnswer, LabelOperation, LabelView, ReleaseAnswer } from './types';

/** What went wrong, where, and what to do: the server's own words where it gave any. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly what: string, readonly where: string, readonly remedy: string, readonly body: unknown = null) {
    super(what);
    this.name = 'ApiError';
  }
}

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** The requests of `replay/http-api.md`. Every failure is an `ApiError`, but for aborted requests, which reject with the abort's reason. */
export class ApiClient {
  constructor(private readonly fetch: Fetch, private readonly base = '') {}

  episodes(signal?: AbortSignal): Promise<EpisodeSummary[]> {
    return this.json('/api/episodes', signal ? { signal } : {});
  }

  episode(name: string, signal?: AbortSignal): Promise<Episode> {
    return this.json(this.path(name), signal ? { signal } : {});
  }

  labels(name: string): Promise<LabelView> {
    return this.json(`${this.path(name)}/labels`);
  }

  edit(name: string, operation: LabelOperation, parent: string): Promise<LabelAnswer> {
    return this.json(`${this.path(name)}/labels`, post({ ...operation, parent }));
  }

  release(name: string, release: string): Promise<ReleaseAnswer> {
    return this.json(`${this.path(name)}/release`, post({ name: release }));
  }

  eventsUrl(name: string): string {
    return `${this.base}${this.path(name)}/events`;
  }

  async text(name: string, file: string): Promise<string> {
    return (await this.request(`${this.path(name)}/files/${filePath(file)}`)).text();
  }

  /** Bytes `[offset, offset + length)` of a file; shorter where a growing file ends before. */
  async range(name: string, file: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const path = `${this.path(name)}/files/${filePath(file)}`;
    const response = await this.request(path, { headers: { Range: `bytes=${offset}-${offset + length - 1}` }, ...(signal ? { signal } : {}) });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status === 206) return bytes;
    // A server without ranges answers with the whole file.
    return bytes.subarray(offset, offset + length);
  }

  frames(name: string, stream: string, fromRow: number): Promise<Uint8Array> {
    return this.arrow(`${this.path(name)}/frames/${encodeURIComponent(stream)}?from_row=${fromRow}`);
  }

  series(name: string, stream: string, columns: readonly string[], from: Ns, to: Ns, points: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.arrow(`${this.path(name)}/series/${encodeURIComponent(stream)}?${query({ columns: columns.join(','), from, to, points })}`, signal);
  }

  peaks(name: string, stream: string, from: Ns, to: Ns, points: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.arrow(`${this.path(name)}/peaks/${encodeURIComponent(stream)}?${query({ from, to, points })}`, signal);
  }

  rows(name: string, stream: string, columns: readonly string[], from: Ns, to: Ns): Promise<Uint8Array> {
    return this.arrow(`${this.path(name)}/rows/${encodeURIComponent(stream)}?${query({ columns: columns.join(','), from, to })}`);
  }

  sound(name: string, stream: string, from: Ns, to: Ns): Promise<Uint8Array> {
    return this.arrow(`${this.path(name)}/sound/${encodeURIComponent(stream)}?${query({ from, to })}`);
  }

  private path(name: string): string {
    return `/api/episodes/${encodeURIComponent(name)}`;
  }

  private async arrow(path: string, signal?: AbortSignal): Promise<Uint8Array> {
    const response = await this.request(path, signal ? { signal } : {});
    return new Uint8Array(await response.arrayBuffer());
  }

  private async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.request(path, init);
    try {
      return (await response.json()) as T;
    } catch {
      throw new ApiError(response.status, 'The answer is not JSON.', path, 'Look at what answers at this address: it may not be `replay serve`.');
    }
  }

  private async request(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await this.fetch(this.base + path, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ApiError(0, 'The server does not answer.', path, 'Start `replay serve` again; what was marked is on disk.');
    }
    if (response.ok) return response;
    let body: unknown = null;
    try {
      body = await response.json();
    } catch {
      // An error without a body still has its status.
    }
    const told = (body as { error?: { what?: string; where?: string; remedy?: string } } | null)?.error;
    throw new ApiError(response.status, told?.what ?? `The server answered ${response.status}.`, told?.where ?? path, told?.remedy ?? 'Try again, or look at the output of `replay serve`.', body);
  }
}

function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

function query(members: Record<string, string | number>): string {
  return Object.entries(members).map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join('&');
}

function filePath(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}
