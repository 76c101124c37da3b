import type { Growth } from './types';

/** The part of EventSource that is used; a test brings its own. */
export interface EventStream {
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void;
  close(): void;
}

export interface GrowthListener {
  grew(growth: Growth): void;
  sealed(): void;
  lost(): void;
}

/** Follows a growing episode's events until it is sealed; a broken line is taken up again by the browser itself. */
export function followGrowth(open: () => EventStream, listener: GrowthListener): () => void {
  const events = open();
  events.addEventListener('growth', (event) => {
    const growth = parse(event.data);
    if (growth) listener.grew(growth);
  });
  events.addEventListener('sealed', () => {
    events.close();
    listener.sealed();
  });
  events.addEventListener('error', () => listener.lost());
  return () => events.close();
}

function parse(data: unknown): Growth | null {
  try {
    const value = JSON.parse(String(data)) as Partial<Growth>;
    return { rows: value.rows ?? {}, bytes: value.bytes ?? {}, time_range_ns: value.time_range_ns ?? null };
  } catch {
    return null;
  }
}
