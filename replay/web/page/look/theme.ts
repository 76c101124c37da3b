import { el, icon } from './dom';

/** Colours that canvases draw with: the style sheet's, in force now. */
export interface Palette {
  surface: string; sunken: string; line: string; lineSoft: string; text: string; muted: string; faint: string;
  accent: string; accentSoft: string; bad: string; badSoft: string; warn: string; track: string; data: string[];
}

let cached: Palette | null = null;
const listeners = new Set<() => void>();

export function palette(): Palette {
  if (cached) return cached;
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  cached = {
    surface: read('surface'), sunken: read('sunken'), line: read('line'), lineSoft: read('line-soft'), text: read('text'), muted: read('muted'), faint: read('faint'),
    accent: read('accent'), accentSoft: read('accent-soft'), bad: read('bad'), badSoft: read('bad-soft'), warn: read('warn'), track: read('track'),
    data: Array.from({ length: 8 }, (_, i) => read(`data-${i}`)),
  };
  return cached;
}

export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function changed(): void {
  cached = null;
  for (const listener of listeners) listener();
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (event) => {
  if (localStorage.getItem('replay.theme')) return;
  document.documentElement.dataset['theme'] = event.matches ? 'dark' : 'light';
  changed();
});

export function themeButton(): HTMLButtonElement {
  return el('button', {
    class: 'plain', title: 'Light or dark', 'aria-label': 'Switch between light and dark',
    onclick: () => {
      const next = document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark';
      document.documentElement.dataset['theme'] = next;
      localStorage.setItem('replay.theme', next);
      changed();
    },
  }, icon('theme'));
}

const VERB_COLOURS = 8;
let verbOrder: readonly string[] = [];

/** The verbs that the server offers, in its order: each of the first eight has a colour of its own. */
export function setVerbOrder(verbs: readonly string[]): void {
  verbOrder = verbs;
}

/** The same verb has the same colour everywhere. */
export function verbColour(verb: string): string {
  if (verb === '') return palette().faint;
  const place = verbOrder.indexOf(verb);
  if (place >= 0) return palette().data[place % VERB_COLOURS]!;
  let hash = 7;
  for (const char of verb) hash = (hash * 31 + char.codePointAt(0)!) >>> 0;
  return palette().data[hash % VERB_COLOURS]!;
}
