import { ApiClient, parseTime } from '../core';
import { openEpisode } from './episode/episode-page';
import { episodeList } from './list/episode-list';
import './look/theme.css';

const root = document.getElementById('app')!;
const client = new ApiClient((input, init) => fetch(input, init));
let close: (() => void) | null = null;

/** The address says which episode and which time: `?e=NAME&t=SECONDS`. Without one, the list. */
function route(): void {
  close?.();
  const query = new URLSearchParams(location.search);
  const name = query.get('e');
  close = name
    ? openEpisode(root, client, name, parseTime(query.get('t') ?? '', 0), { toList: () => go(''), reopen: route })
    : episodeList(root, client, (episode) => go(`?e=${encodeURIComponent(episode)}`));
}

function go(address: string): void {
  history.pushState(null, '', address === '' ? location.pathname : address);
  route();
}

window.addEventListener('popstate', route);
route();
