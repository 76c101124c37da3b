import { el } from './dom';

/** A message instead of content: what, where, what to do. */
export function notice(title: string, what: string, where: string | null, remedy: string, button?: { title: string; action: () => void }): HTMLElement {
  return el('div', { class: 'notice', role: 'status' },
    el('h2', {}, title), el('p', {}, what), where ? el('p', {}, el('code', {}, where)) : null, remedy ? el('p', { class: 'muted' }, ...marked(remedy)) : null,
    button ? el('button', { onclick: button.action }, button.title) : null);
}

/** Text in which `backticks` set words as code. */
export function marked(text: string): Node[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? el('code', {}, part) : document.createTextNode(part)));
}
