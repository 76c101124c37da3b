import { el } from '../look/dom';
import './keys.css';

const SHEET: readonly [title: string, keys: readonly [keys: string[], meaning: string][]][] = [
  ['Time', [
    [['Space'], 'play or pause'], [['←', '→'], 'one picture of the chosen camera'], [['Shift ←', '→'], 'one second'], [['J', 'K', 'L'], 'slower, as recorded, faster'],
    [['Home', 'End'], 'to the beginning, the end'], [['G'], 'jump to a time'], [['F'], 'follow a growing episode'], [['M'], 'sound on or off'],
  ]],
  ['Segments', [
    [['I'], 'mark where an action begins'], [['O'], 'mark where it ends, choose its verb'], [['↑', '↓'], 'the segment before, after'], [['V'], 'another verb'], [['N'], 'a note'],
    [['[', ']'], 'bring its start, its end here'], [['Delete'], 'delete it'], [['U'], 'undo the last edit'],
  ]],
  ['View', [
    [['1', '2'], 'choose a camera'], [['Z'], 'zoom to the segment, again: all'], [['+', '−'], 'zoom at the clock'], [['wheel'], 'zoom the timeline'], [['Shift wheel'], 'move along it'],
    [['drag'], 'on a plot: zoom to a stretch'], [['?'], 'this sheet'], [['Esc'], 'close what is open'],
  ]],
];

/** Shows what each key does; any key or click closes it. */
export function openHelp(): void {
  if (document.querySelector('.sheet')) return;
  const sheet = el('div', { class: 'sheet', role: 'dialog', 'aria-modal': 'true', 'aria-label': 'Keys' },
    el('div', { tabIndex: -1 }, el('h2', {}, 'Keys'), el('div', { class: 'columns' }, ...SHEET.map(([title, keys]) => el('section', {}, el('h3', {}, title),
      el('dl', {}, ...keys.flatMap(([names, meaning]) => [el('dt', {}, ...names.flatMap((name, i) => [i > 0 ? ' ' : '', el('kbd', {}, name)])), el('dd', {}, meaning)])))))));
  const close = (event: Event): void => {
    event.preventDefault();
    event.stopPropagation();
    sheet.remove();
    document.removeEventListener('keydown', close, true);
  };
  sheet.addEventListener('click', close);
  document.addEventListener('keydown', close, true);
  document.body.append(sheet);
  sheet.querySelector<HTMLElement>('[tabindex]')?.focus();
}
