/** A canvas that is as sharp as the screen and is drawn in CSS pixels. */
export class LaneCanvas {
  readonly element = document.createElement('canvas');
  private readonly context: CanvasRenderingContext2D;
  width = 0;
  height = 0;

  constructor(private readonly onResize: () => void) {
    this.context = this.element.getContext('2d')!;
    new ResizeObserver(() => {
      const width = this.element.clientWidth;
      const height = this.element.clientHeight;
      if (width === this.width && height === this.height) return;
      this.width = width;
      this.height = height;
      this.onResize();
    }).observe(this.element);
  }

  /** Clears and scales; null while it has no size. */
  begin(): CanvasRenderingContext2D | null {
    if (this.width === 0 || this.height === 0) return null;
    const ratio = window.devicePixelRatio || 1;
    const w = Math.round(this.width * ratio);
    const h = Math.round(this.height * ratio);
    if (this.element.width !== w || this.element.height !== h) {
      this.element.width = w;
      this.element.height = h;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.context.font = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
    return this.context;
  }
}
