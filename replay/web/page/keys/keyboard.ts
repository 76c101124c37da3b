import { NS_PER_S } from '../../core';
import type { Desk } from '../episode/desk';
import type { LabelActions } from '../labels/label-actions';
import { openHelp } from './help-sheet';
import { openJump } from './jump-sheet';

export const RATES = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4] as const;

/** The next speed below or above one. */
export function nextRate(rate: number, by: 1 | -1): number {
  const next = by > 0 ? RATES.find((one) => one > rate + 1e-9) : RATES.findLast((one) => one < rate - 1e-9);
  return next ?? rate;
}

/** Keys of the episode page. Returns what takes them away again. */
export function bindKeys(desk: Desk, actions: LabelActions, toggleSound: () => void): () => void {
  const { clock, view } = desk.session;
  const jump = (time: number): void => desk.seek(time);
  const keys: Record<string, () => void> = {
    ' ': () => (clock.playing ? clock.pause() : clock.play()),
    ArrowLeft: () => desk.step(-1),
    ArrowRight: () => desk.step(1),
    'Shift+ArrowLeft': () => jump(clock.time - NS_PER_S),
    'Shift+ArrowRight': () => jump(clock.time + NS_PER_S),
    ArrowUp: () => actions.walk(-1),
    ArrowDown: () => actions.walk(1),
    Home: () => jump(clock.from),
    End: () => jump(clock.to),
    j: () => clock.setRate(nextRate(clock.rate, -1)),
    k: () => clock.setRate(1),
    l: () => clock.setRate(nextRate(clock.rate, 1)),
    g: () => { clock.pause(); openJump(clock.time, clock.from, clock.to, jump); },
    f: () => { if (desk.session.episode.live) clock.follow(); else desk.tell('Only an episode that is being recorded can be followed.'); },
    m: toggleSound,
    i: () => actions.markIn(),
    o: () => void actions.markOut(),
    v: () => actions.chooseVerb(),
    n: () => actions.editNote(),
    '[': () => void actions.moveEdge('start'),
    ']': () => void actions.moveEdge('end'),
    Delete: () => void actions.delete(),
    Backspace: () => void actions.delete(),
    u: () => void actions.undo(),
    z: () => actions.zoom(),
    '+': () => view.zoom(1.6, clock.time),
    '=': () => view.zoom(1.6, clock.time),
    '-': () => view.zoom(1 / 1.6, clock.time),
    '?': openHelp,
    Escape: () => { if (desk.markIn) desk.setMark(null); else desk.selectSegment(null); },
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('.sheet')) return;
    const target = event.target as HTMLElement;
    if (target.matches('input, textarea, select')) return;
    if ((event.key === ' ' || event.key === 'Enter') && target.matches('button')) return;
    if (/^[1-9]$/.test(event.key)) {
      desk.selectCamera(Number(event.key) - 1);
      return;
    }
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = keys[event.shiftKey && event.key.length > 1 ? `Shift+${name}` : name];
    if (!action) return;
    event.preventDefault();
    action();
  };
  // A button pressed with the pointer does not keep the keyboard: Space goes on playing and pausing.
  const onClick = (event: MouseEvent): void => {
    if (event.detail > 0) (event.target as Element).closest('button')?.blur();
  };
  document.addEventListener('keydown', onKey);
  document.addEventListener('click', onClick);
  return () => {
    document.removeEventListener('keydown', onKey);
    document.removeEventListener('click', onClick);
  };
}
