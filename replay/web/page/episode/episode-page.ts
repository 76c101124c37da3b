import { ApiError, NS_PER_S, Stage, type ApiClient, type Episode, type Ns } from '../../core';
import { CameraPane } from '../cameras/camera-pane';
import { decodeH264 } from '../cameras/h264-decoder';
import { bindKeys } from '../keys/keyboard';
import { LabelActions } from '../labels/label-actions';
import { SegmentPanel } from '../labels/segment-panel';
import { el } from '../look/dom';
import { notice } from '../look/notice';
import { setVerbOrder } from '../look/theme';
import type { ScenePane } from '../scene/scene-pane';
import { TrackPanel } from '../tracks/track-panel';
import { Desk } from './desk';
import { Header } from './header';
import { installHook } from './hook';
import { Session } from './session';
import { Transport } from './transport';
import { webAudio } from './web-audio';
import './episode.css';

/** Pictures that are late by more than this stop the clock until they are there. */
const HOLD_AFTER_MS = 250;
const ADDRESS_EVERY_MS = 400;
const FIGURES_EVERY_MS = 45;

export interface Ways {
  toList: () => void;
  /** Opens what the address says, anew. */
  reopen: () => void;
}

/** Opens an episode in `root`; returns what closes it. */
export function openEpisode(root: HTMLElement, client: ApiClient, name: string, time: Ns | null, ways: Ways): () => void {
  document.title = `${name} · Replay`;
  root.replaceChildren(el('div', { class: 'opening', role: 'status' }, 'Opening …'));
  const abort = new AbortController();
  let close: (() => void) | null = null;
  client.episode(name, abort.signal).then(
    (episode) => { if (!abort.signal.aborted) close = show(root, client, episode, time, ways); },
    (error: unknown) => {
      if (abort.signal.aborted) return;
      const told = error instanceof ApiError ? error : new ApiError(0, (error as Error).message, name, 'Go back to the list.');
      root.replaceChildren(notice('This episode cannot be opened', told.what, told.where, told.remedy, { title: 'Back to the list', action: ways.toList }));
    });
  return () => {
    abort.abort();
    close?.();
  };
}

function show(root: HTMLElement, client: ApiClient, episode: Episode, wanted: Ns | null, ways: Ways): () => void {
  const session = new Session(client, episode, (bytes) => createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' })), decodeH264, webAudio);
  const desk = new Desk(session);
  const actions = new LabelActions(desk);
  const toggleSound = (): void => { if (session.sound) session.sound.muted = !session.sound.muted; };
  if (session.sound) session.sound.muted = false;

  const cameras = session.cameras.map((feed, i) => new CameraPane(feed, i + 1, () => desk.selectCamera(i)));
  const stage = new Stage(cameras);
  const header = new Header(session, ways.toList);
  const transport = new Transport(desk, toggleSound);
  const tracks = new TrackPanel(desk);
  const panel = new SegmentPanel(desk, actions);
  const scenePlace = el('section', { class: 'scene', 'aria-label': 'Scene in 3D' }, el('header', { class: 'pane-head' }, el('strong', {}, 'Scene')), el('div', { class: 'stagebox' }));
  const hasScene = session.arms.length > 0 || session.mocap !== null;
  const panes = el('div', { class: 'panes' }, ...cameras.map((camera) => camera.element), hasScene ? scenePlace : null);
  root.replaceChildren(el('main', { class: 'episode-page' }, header.element, panes, transport.element, tracks.element, panel.element));

  let scene: ScenePane | null = null;
  let closed = false;
  if (hasScene) {
    // The 3D library is the largest part of the page: pictures need not wait for it.
    void import('../scene/scene-pane').then(({ ScenePane }) => {
      if (closed) return;
      scene = new ScenePane(session);
      scenePlace.replaceWith(scene.element);
    });
  }

  const selectCamera = (): void => cameras.forEach((camera, i) => camera.select(i === desk.cameraIndex));
  selectCamera();
  desk.onChange(selectCamera);
  session.onData = () => tracks.invalidate();
  session.onOutdated = ways.reopen;

  let waiters: { time: Ns; resolve: () => void; reject: (error: Error) => void }[] = [];
  const whenShown = (time: Ns): Promise<void> => new Promise((resolve, reject) => {
    for (const waiter of waiters) waiter.reject(new Error('Another instant was asked for before this one was shown.'));
    waiters = [{ time, resolve, reject }];
  });

  let lateSince = NaN;
  let addressAt = 0;
  let figuresAt = 0;
  let address = '';
  let request = 0;
  const frame = (now: number): void => {
    request = requestAnimationFrame(frame);
    const { clock } = session;
    session.tickGrowth();
    const instant = clock.tick();
    const shown = stage.draw(instant, clock.playing, clock.rate);
    lateSince = shown ? NaN : Number.isNaN(lateSince) ? now : lateSince;
    const late = now - lateSince > HOLD_AFTER_MS;
    clock.hold(clock.playing && late && !clock.following);
    const placed = !hasScene || (scene?.update(instant) ?? false);
    scene?.render(now, clock.playing);
    session.sound?.tick();
    tracks.frame(now);
    if (now - figuresAt >= FIGURES_EVERY_MS) {
      figuresAt = now;
      for (const camera of cameras) camera.tell(Number.isNaN(stage.drawnInstant) ? instant : stage.drawnInstant, late);
      transport.frame();
      header.frame();
    }
    if (shown && placed && waiters.length > 0) {
      for (const waiter of waiters) if (waiter.time === instant) waiter.resolve();
      waiters = waiters.filter((waiter) => waiter.time !== instant);
    }
    if (now - addressAt > ADDRESS_EVERY_MS && started) {
      addressAt = now;
      const next = `?e=${encodeURIComponent(episode.name)}&t=${(instant / NS_PER_S).toFixed(9)}`;
      if (next !== address && !clock.playing) history.replaceState(null, '', (address = next));
    }
  };

  let started = false;
  const ready = session.start().then(async () => {
    if (closed) return;
    setVerbOrder(session.labels.offeredVerbs);
    panel.show();
    if (episode.live && wanted === null) session.clock.follow();
    else session.clock.seek(wanted ?? session.firstWhole);
    started = true;
    if (!session.clock.following) await whenShown(session.clock.time);
  });
  ready.catch(() => {});
  request = requestAnimationFrame(frame);
  const unbind = bindKeys(desk, actions, toggleSound);
  const unhook = installHook({ session, stage, whenShown, ready, scene: () => scene, canvas: (camera) => cameras.find((one) => one.name === camera)?.canvas ?? null });

  return () => {
    closed = true;
    cancelAnimationFrame(request);
    unbind();
    unhook();
    tracks.close();
    panel.close();
    scene?.close();
    session.close();
  };
}
