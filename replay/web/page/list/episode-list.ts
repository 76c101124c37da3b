import { ApiError, formatBytes, formatDuration, type ApiClient, type EpisodeSummary } from '../../core';
import { el } from '../look/dom';
import { marked, notice } from '../look/notice';
import { themeButton } from '../look/theme';
import './list.css';

const COLUMNS: readonly [title: string, width: string, number?: boolean][] = [
  ['Recorded', '168px'], ['Episode', '240px'], ['Rig', '84px'], ['Task', ''], ['Operator', '84px'], ['State', '100px'],
  ['Duration', '84px', true], ['Size', '80px', true], ['Streams', '74px', true], ['Segments', '84px', true],
];
const REFRESH_MS = 3000;

/** The page with all episodes of the folder, newest first. Comes up to date by itself. */
export function episodeList(root: HTMLElement, client: ApiClient, open: (name: string) => void): () => void {
  document.title = 'Episodes · Replay';
  const body = el('tbody');
  const count = el('span', { class: 'count' });
  const filter = el('input', { type: 'search', placeholder: 'Filter by name, rig, task, operator', 'aria-label': 'Filter episodes', oninput: () => show() });
  const table = el('table', { class: 'episodes' },
    el('thead', {}, el('tr', {}, ...COLUMNS.map(([title, width, number]) => el('th', { class: number ? 'number' : '', style: width ? `width:${width}` : '', scope: 'col' }, title)))), body);
  const place = el('div', {}, table);
  root.replaceChildren(el('div', { class: 'list-page' }, el('header', { class: 'list-head' }, el('h1', {}, 'Episodes'), count, filter, themeButton()), place));
  body.append(...[0.9, 0.7, 0.8].map((part) => el('tr', {}, ...COLUMNS.map(() => el('td', {}, el('span', { class: 'skeleton', style: `width:${part * 100}%` }))))));

  let episodes: EpisodeSummary[] = [];
  let shown = '';
  const abort = new AbortController();

  function show(): void {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = episodes.filter((one) => words.every((word) => `${one.name} ${one.rig} ${one.instruction} ${one.operator} ${one.state}`.toLowerCase().includes(word)));
    count.textContent = words.length > 0 ? `${matching.length} of ${episodes.length}` : String(episodes.length);
    if (episodes.length === 0) {
      place.replaceChildren(notice('No episodes yet', 'This folder holds no episode.', null, 'Record one with `capture record rig.yaml`, or try `./run demo`. It appears here by itself.'));
      return;
    }
    body.replaceChildren(...matching.map((one) => row(one, open)));
    if (matching.length === 0) body.append(el('tr', { class: 'broken' }, el('td', { colSpan: COLUMNS.length, class: 'muted' }, 'No episode matches the filter.')));
    if (table.parentElement !== place) place.replaceChildren(table);
  }

  async function load(): Promise<void> {
    try {
      const next = await client.episodes(abort.signal);
      const text = JSON.stringify(next);
      if (text === shown) return;
      const focused = (document.activeElement as HTMLElement | null)?.dataset['name'];
      shown = text;
      episodes = next;
      show();
      if (focused) body.querySelector<HTMLElement>(`a[data-name="${CSS.escape(focused)}"]`)?.focus();
    } catch (error) {
      if (abort.signal.aborted) return;
      shown = '';
      const told = error instanceof ApiError ? error : new ApiError(0, (error as Error).message, '/api/episodes', 'Load the page again.');
      place.replaceChildren(notice('The episodes cannot be listed', told.what, told.where, told.remedy, { title: 'Try again', action: () => void load() }));
    }
  }

  const onKey = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLInputElement && event.key !== 'ArrowDown') return;
    const links = [...body.querySelectorAll<HTMLAnchorElement>('a')];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      links[Math.min(links.length - 1, Math.max(0, at + (event.key === 'ArrowDown' ? 1 : -1)))]?.focus();
      event.preventDefault();
    } else if (event.key === '/') {
      filter.focus();
      event.preventDefault();
    }
  };
  document.addEventListener('keydown', onKey);
  const timer = setInterval(() => { if (!document.hidden) void load(); }, REFRESH_MS);
  void load();
  return () => {
    abort.abort();
    clearInterval(timer);
    document.removeEventListener('keydown', onKey);
  };
}

function row(one: EpisodeSummary, open: (name: string) => void): HTMLTableRowElement {
  const instant = one.created_utc ? new Date(one.created_utc) : null;
  const recorded = instant ? `${instant.toLocaleDateString('sv-SE')} ${instant.toLocaleTimeString('sv-SE')}` : '–';
  if (one.problem) {
    return el('tr', { class: 'broken' }, el('td', {}, recorded), el('td', { title: one.name }, one.name), el('td', { class: 'problem', colSpan: COLUMNS.length - 2 }, ...marked(one.problem)));
  }
  const link = el('a', { href: `?e=${encodeURIComponent(one.name)}`, 'data-name': one.name }, one.name);
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    open(one.name);
  });
  const number = (value: number | null, text: (value: number) => string): HTMLTableCellElement => el('td', { class: 'number' }, value === null ? '–' : text(value));
  return el('tr', { onclick: () => open(one.name) },
    el('td', { class: 'muted', title: one.created_utc ?? '' }, recorded),
    el('td', { title: one.name }, link),
    el('td', {}, one.rig ?? '–'),
    el('td', { title: one.instruction ?? '' }, one.instruction ?? '–'),
    el('td', {}, one.operator ?? '–'),
    el('td', {}, stateBadge(one.state, one.live)),
    number(one.duration_ns, formatDuration), number(one.bytes, formatBytes), number(one.streams, String), number(one.segments, String));
}

/** `live`, `sealed`, `recovered`, or `cut off`: recording without a recorder. */
export function stateBadge(state: string | null | undefined, live: boolean): HTMLElement {
  if (live) return el('span', { class: 'badge live', title: 'A recorder is writing this episode now.' }, 'live');
  if (state === 'recording') return el('span', { class: 'badge recovered', title: 'The recorder ended without sealing it. It can be replayed; `capture recover` makes it readable for other tools.' }, 'cut off');
  if (state === 'recovered') return el('span', { class: 'badge recovered', title: 'Repaired by `capture recover` after its recorder was cut off.' }, 'recovered');
  return el('span', { class: 'badge' }, state ?? 'unknown');
}
