import { formatTime, parseTime, type Ns } from '../../core';
import { el } from '../look/dom';
import './keys.css';

/** Asks for a time to jump to: `7.25`, `1:02.5`, `+2`, `-350ms`. */
export function openJump(now: Ns, from: Ns, to: Ns, jump: (time: Ns) => void): void {
  if (document.querySelector('.sheet')) return;
  const told = el('p', {}, 'Seconds, minutes:seconds, or + and − from here.');
  const input = el('input', { type: 'text', value: formatTime(now), 'aria-label': 'Time', autocomplete: 'off', spellcheck: false });
  const sheet = el('div', { class: 'sheet jump', role: 'dialog', 'aria-modal': 'true', 'aria-label': 'Jump to a time' },
    el('div', {}, el('label', {}, `Jump to a time, ${formatTime(from)} to ${formatTime(to)}`), input, told));
  input.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Escape') sheet.remove();
    if (event.key !== 'Enter') return;
    const time = parseTime(input.value, now);
    if (time === null) {
      told.textContent = `“${input.value}” is not a time. Try 7.25, 1:02.5, +2 or -350ms.`;
      return;
    }
    sheet.remove();
    jump(time);
  });
  sheet.addEventListener('click', (event) => { if (event.target === sheet) sheet.remove(); });
  document.body.append(sheet);
  input.focus();
  input.select();
}
