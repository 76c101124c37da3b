import { stateBadge } from '../list/episode-list';
import { openHelp } from '../keys/help-sheet';
import { el, icon, setText } from '../look/dom';
import { themeButton } from '../look/theme';
import type { Session } from './session';

/** Which episode this is, and whether everything is saved. */
export class Header {
  readonly element: HTMLElement;
  private readonly saved = el('span', { class: 'saved', role: 'status' });

  constructor(private readonly session: Session, toList: () => void) {
    const { episode } = session;
    const task = episode.manifest?.task ?? {};
    const facts = [episode.manifest?.rig, task['instruction'], task['operator']].filter((fact): fact is string => typeof fact === 'string' && fact !== '');
    const back = el('a', { class: 'back', href: location.pathname, title: 'All episodes' }, icon('left'), 'Episodes');
    back.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      toList();
    });
    this.element = el('header', { class: 'episode-head' }, back, el('h1', { title: episode.name }, episode.name),
      stateBadge(episode.manifest?.state, episode.live), el('span', { class: 'facts', title: facts.join(' · ') }, facts.join(' · ')), el('span', { class: 'grow' }),
      this.saved, el('span', { class: 'muted times', title: 'Version of the times that everything here is shown in' }, `times ${episode.time_version}`),
      el('button', { class: 'plain', title: 'All keys (?)', onclick: openHelp }, 'Keys', el('kbd', {}, '?')), themeButton());
  }

  frame(): void {
    const { state } = this.session.labels;
    const lost = this.session.connectionLost;
    const problem = this.session.problem;
    const text = problem ?? (lost ? 'The server does not answer; trying again …'
      : state.kind === 'loading' ? '' : state.kind === 'saving' ? 'Saving …' : state.kind === 'saved' ? 'All edits saved' : `Not saved: ${state.message} ${state.remedy}`);
    setText(this.saved, text);
    this.saved.title = text;
    this.saved.classList.toggle('bad', problem !== null || lost || state.kind === 'failed');
  }
}
