import { describe, expect, it } from 'vitest';
import { ApiClient, ApiError } from './client';
import { followGrowth, type EventStream } from './growth';
import type { Growth } from './types';

function client(answer: (url: string, init?: RequestInit) => Response | Promise<Response>): { client: ApiClient; seen: [string, RequestInit | undefined][] } {
  const seen: [string, RequestInit | undefined][] = [];
  return { client: new ApiClient((url, init) => { seen.push([url, init]); return Promise.resolve(answer(url, init)); }), seen };
}

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });

describe('ApiClient', () => {
  it('asks for a byte range and gives its bytes', async () => {
    const { client: c, seen } = client(() => new Response(new Uint8Array([1, 2, 3]), { status: 206 }));
    expect(await c.range('a b', 'streams/front.arrow', 64, 3)).toEqual(new Uint8Array([1, 2, 3]));
    expect(seen[0]![0]).toBe('/api/episodes/a%20b/files/streams/front.arrow');
    expect(new Headers(seen[0]![1]!.headers).get('Range')).toBe('bytes=64-66');
  });

  it('cuts the range out where the whole file comes', async () => {
    const { client: c } = client(() => new Response(new Uint8Array([0, 1, 2, 3, 4])));
    expect(await c.range('e', 'f', 2, 2)).toEqual(new Uint8Array([2, 3]));
  });

  it('escapes names of columns and streams', async () => {
    const { client: c, seen } = client(() => new Response(new Uint8Array()));
    await c.series('e', 'arm.state', ['position[0]', 'position[1]'], -5, 10, 500);
    expect(seen[0]![0]).toBe('/api/episodes/e/series/arm.state?columns=position%5B0%5D%2Cposition%5B1%5D&from=-5&to=10&points=500');
  });

  it("passes on the server's own words", async () => {
    const { client: c } = client(() => json({ error: { what: 'There is no episode "x".', where: '/api/episodes/x', remedy: 'Go back.' } }, 404));
    await expect(c.episode('x')).rejects.toMatchObject({ status: 404, what: 'There is no episode "x".', remedy: 'Go back.' });
  });

  it('says so when nobody answers, or something that is not the server', async () => {
    const down = new ApiClient(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(down.episodes()).rejects.toMatchObject({ status: 0, what: 'The server does not answer.' });
    const { client: html } = client(() => new Response('<html>'));
    await expect(html.episodes()).rejects.toBeInstanceOf(ApiError);
    const { client: gateway } = client(() => new Response('Bad gateway', { status: 502 }));
    await expect(gateway.episodes()).rejects.toMatchObject({ status: 502 });
  });

  it('sends an edit with the head that the page has seen', async () => {
    const { client: c, seen } = client(() => json({ head: 'h', segment: null }));
    await c.edit('e', { op: 'delete', id: 'a' }, 'parent-head');
    expect(JSON.parse(String(seen[0]![1]!.body))).toEqual({ op: 'delete', id: 'a', parent: 'parent-head' });
    expect(seen[0]![1]!.method).toBe('POST');
  });
});

describe('followGrowth', () => {
  it('passes growth on, closes when sealed, and ignores what it does not understand', () => {
    const listeners = new Map<string, (event: { data?: unknown }) => void>();
    let closed = false;
    const stream: EventStream = { addEventListener: (type, listener) => listeners.set(type, listener), close: () => { closed = true; } };
    const grown: Growth[] = [];
    let sealed = 0;
    let lost = 0;
    followGrowth(() => stream, { grew: (growth) => grown.push(growth), sealed: () => sealed++, lost: () => lost++ });
    listeners.get('growth')!({ data: '{"rows":{"front":3},"time_range_ns":[0,5],"bytes":{}}' });
    listeners.get('growth')!({ data: 'not json' });
    listeners.get('error')!({});
    listeners.get('sealed')!({});
    expect(grown).toEqual([{ rows: { front: 3 }, time_range_ns: [0, 5], bytes: {} }]);
    expect([sealed, lost, closed]).toEqual([1, 1, true]);
  });
});
