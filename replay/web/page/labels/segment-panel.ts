import { ApiError, formatShort, formatTime, type Segment } from '../../core';
import type { Desk } from '../episode/desk';
import { el, setText } from '../look/dom';
import { onThemeChange, verbColour } from '../look/theme';
import type { LabelActions } from './label-actions';
import { VerbPicker } from './verb-picker';
import './labels.css';

const MESSAGE_MS = 6000;

/** The segments of the episode as a list, the mark that was begun, and what there is to say about saving. */
export class SegmentPanel {
  readonly element: HTMLElement;
  readonly picker: VerbPicker;
  private readonly count = el('span', { class: 'muted' });
  private readonly rows = el('ul', { class: 'segment-rows', role: 'listbox', 'aria-label': 'Segments' });
  private readonly begun = el('div', { class: 'row' });
  private readonly told = el('div', { class: 'told', role: 'status' });
  private readonly foot = el('div', { class: 'side-foot' });
  private readonly unsubscribe: (() => void)[];
  private noteFor: string | null = null;

  constructor(private readonly desk: Desk, private readonly actions: LabelActions) {
    this.picker = new VerbPicker(desk);
    actions.onChooseVerb = (id) => this.picker.open(id);
    actions.onEditNote = (id) => this.editNote(id);
    this.element = el('aside', { class: 'side', 'aria-label': 'Segments' },
      el('header', { class: 'side-head' }, el('strong', {}, 'Segments'), this.count, el('span', { class: 'grow' }),
        el('button', { class: 'plain', title: 'Undo the last edit (U)', onclick: () => void actions.undo() }, 'Undo')),
      el('div', { class: 'mark' },
        el('div', { class: 'row' },
          el('button', { title: 'Begin a segment at this picture', onclick: () => actions.markIn() }, 'Mark in', el('kbd', {}, 'I')),
          el('button', { title: 'End it at this picture and save it', onclick: () => void actions.markOut() }, 'Mark out', el('kbd', {}, 'O'))),
        this.begun, this.told),
      this.picker.element, this.rows, this.foot);
    this.unsubscribe = [desk.session.labels.onChange(() => this.show()), desk.onChange(() => this.show()), onThemeChange(() => this.show())];
    this.showFoot();
    this.show();
  }

  close(): void {
    for (const stop of this.unsubscribe) stop();
  }

  show(): void {
    const { labels } = this.desk.session;
    const { markIn, message } = this.desk;
    setText(this.count, String(labels.segments.length));
    setText(this.begun, markIn ? `Begun at ${formatTime(markIn.time)} on a picture of ${markIn.anchor.stream}` : this.desk.camera ? `Marks stand on pictures of ${this.desk.camera.info.name}` : 'No camera to mark on');
    const recent = message && performance.now() - message.atMs < MESSAGE_MS ? message : null;
    setText(this.told, recent?.text ?? '');
    this.told.classList.toggle('bad', recent?.bad ?? false);
    if (this.noteFor && this.rows.contains(document.activeElement)) return;
    if (labels.segments.length === 0) {
      this.rows.replaceChildren(el('li', { class: 'none' }, labels.state.kind === 'loading' ? '' : 'No segments yet. ',
        ...(labels.state.kind === 'loading' ? [] : [el('kbd', {}, 'I'), ' marks where an action begins, ', el('kbd', {}, 'O'), ' where it ends.'])));
      return;
    }
    this.rows.replaceChildren(...labels.segments.map((segment) => this.row(segment)));
    this.rows.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }

  private row(segment: Segment): HTMLElement {
    const swatch = el('i', {});
    swatch.style.background = verbColour(segment.verb);
    const item = el('li', {
      class: 'segment-row', role: 'option', 'aria-selected': String(segment.id === this.desk.segmentId), 'data-id': segment.id,
      title: `${segment.author}, ${segment.edited_utc}`, onclick: () => this.actions.goTo(segment), ondblclick: () => this.actions.chooseVerb(),
    },
    swatch, el('span', { class: segment.verb ? 'verb' : 'verb unnamed' }, segment.verb || 'no verb'), el('span', { class: 'length' }, formatShort(segment.end.time_ns - segment.start.time_ns)),
    el('span', { class: 'times' }, `${formatTime(segment.start.time_ns)} – ${formatTime(segment.end.time_ns)}`));
    if (this.noteFor === segment.id) item.append(this.noteField(segment));
    else if (segment.note) item.append(el('span', { class: 'note' }, segment.note));
    return item;
  }

  private editNote(id: string): void {
    this.noteFor = id;
    this.rows.replaceChildren(...this.desk.session.labels.segments.map((segment) => this.row(segment)));
    this.rows.querySelector('textarea')?.focus();
  }

  private noteField(segment: Segment): HTMLElement {
    const field = el('textarea', { maxLength: 4000, value: segment.note, 'aria-label': 'Note' });
    const leave = (save: boolean): void => {
      if (this.noteFor !== segment.id) return;
      this.noteFor = null;
      if (save && field.value !== segment.note) void this.desk.session.labels.setNote(segment.id, field.value);
      this.show();
    };
    field.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Escape') leave(false);
      else if (event.key === 'Enter' && !event.shiftKey) leave(true);
      else return;
      event.preventDefault();
    });
    field.addEventListener('blur', () => leave(true));
    field.addEventListener('click', (event) => event.stopPropagation());
    return field;
  }

  /** Publishing: the segments in force, as a file of the episode that other tools read. */
  private showFoot(told = ''): void {
    const live = this.desk.session.episode.live;
    this.foot.replaceChildren(el('span', { class: 'grow', title: told }, told), el('button', {
      disabled: live, title: live ? 'An episode is published when it is no longer recorded' : 'Write the segments into the episode, for other tools', onclick: () => this.askName(),
    }, 'Publish …'));
  }

  private askName(): void {
    const input = el('input', { type: 'text', value: 'actions', maxLength: 64, pattern: '[a-z0-9_-]+', 'aria-label': 'Name of the release' });
    const publish = async (): Promise<void> => {
      const { session } = this.desk;
      if (!/^[a-z0-9_-]{1,64}$/.test(input.value)) {
        input.title = 'Small letters, digits, - and _';
        input.setCustomValidity('Small letters, digits, - and _');
        input.reportValidity();
        return;
      }
      try {
        const answer = await session.client.release(session.episode.name, input.value);
        this.showFoot(`${answer.file}, ${answer.segments} segment${answer.segments === 1 ? '' : 's'}`);
      } catch (error) {
        this.showFoot(error instanceof ApiError ? `${error.what} ${error.remedy}` : (error as Error).message);
      }
    };
    input.addEventListener('input', () => input.setCustomValidity(''));
    input.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Enter') void publish();
      if (event.key === 'Escape') this.showFoot();
    });
    this.foot.replaceChildren(input, el('button', { class: 'primary', onclick: () => void publish() }, 'Publish'));
    input.focus();
    input.select();
  }
}
