import type { Desk } from '../episode/desk';
import { el } from '../look/dom';
import { verbColour } from '../look/theme';

/** The list of verbs: type to narrow it, Enter takes the marked one, a new word is a new verb. Esc leaves the segment as it is. */
export class VerbPicker {
  readonly element: HTMLElement;
  private readonly input = el('input', { type: 'text', maxLength: 64, placeholder: 'Verb: type to choose', 'aria-label': 'Verb', autocomplete: 'off', spellcheck: false, role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'verbs' });
  private readonly list = el('ul', { id: 'verbs', role: 'listbox' });
  private segmentId: string | null = null;
  private shown: string[] = [];
  private marked = 0;

  constructor(private readonly desk: Desk) {
    this.element = el('div', { class: 'picker' }, this.input, this.list);
    this.input.addEventListener('input', () => { this.marked = 0; this.show(); });
    this.input.addEventListener('keydown', (event) => this.key(event));
    this.input.addEventListener('blur', () => setTimeout(() => { if (!this.element.contains(document.activeElement)) this.close(); }, 120));
  }

  open(segmentId: string): void {
    this.segmentId = segmentId;
    this.input.value = '';
    const verb = this.desk.session.labels.get(segmentId)?.verb ?? '';
    this.element.classList.add('open');
    this.marked = Math.max(0, this.desk.session.labels.verbs.indexOf(verb));
    this.show();
    this.input.focus();
  }

  close(): void {
    this.segmentId = null;
    this.element.classList.remove('open');
    this.input.blur();
  }

  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Escape') this.close();
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      this.marked = Math.min(this.shown.length - 1, Math.max(0, this.marked + (event.key === 'ArrowDown' ? 1 : -1)));
      this.mark();
    } else if (event.key === 'Enter') {
      const verb = this.shown[this.marked];
      if (verb !== undefined) this.take(verb);
    } else return;
    event.preventDefault();
  }

  private take(verb: string): void {
    if (this.segmentId) void this.desk.session.labels.setVerb(this.segmentId, verb);
    this.close();
  }

  private show(): void {
    const typed = this.input.value.trim();
    const lower = typed.toLowerCase();
    const verbs = this.desk.session.labels.verbs;
    const begins = verbs.filter((verb) => verb.toLowerCase().startsWith(lower));
    const holds = verbs.filter((verb) => !begins.includes(verb) && verb.toLowerCase().includes(lower));
    this.shown = [...begins, ...holds];
    const isNew = typed !== '' && !verbs.includes(typed);
    if (isNew) this.shown.push(typed);
    this.list.replaceChildren(...this.shown.map((verb, i) => {
      const swatch = el('i', {});
      swatch.style.background = verbColour(verb);
      const item = el('li', { role: 'option' }, swatch, verb, isNew && i === this.shown.length - 1 ? el('span', { class: 'new' }, 'new verb') : null);
      item.addEventListener('pointerdown', (event) => { event.preventDefault(); this.take(verb); });
      return item;
    }));
    this.mark();
  }

  private mark(): void {
    [...this.list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === this.marked)));
    this.list.children[this.marked]?.scrollIntoView({ block: 'nearest' });
  }
}
