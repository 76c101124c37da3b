type Child = Node | string | null | undefined | false;

/** An element with properties (attributes where there is no such property), and children. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, properties: Record<string, unknown> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false || value === null) continue;
    if (key === 'class') element.className = String(value);
    else if (key.startsWith('on') && typeof value === 'function') element.addEventListener(key.slice(2), value as EventListener);
    else if (key in element && !key.startsWith('aria')) (element as unknown as Record<string, unknown>)[key] = value;
    else element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

/** Sets text only when it differs: no layout for nothing, sixty times a second. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

const ICONS: Record<string, string> = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  back: 'M11 3v10L5.5 8zM3.5 3H5v10H3.5z',
  forward: 'M5 3v10l5.5-5zM11 3h1.5v10H11z',
  start: 'M13 3v10L8 8zM7.5 3v10L2.5 8zM1 3h1.5v10H1z',
  sound: 'M2 6v4h2.5L8 13V3L4.5 6zM10 5.2v1.3a1.8 1.8 0 0 1 0 3v1.3a3 3 0 0 0 0-5.6zM10 2.4v1.4a4.4 4.4 0 0 1 0 8.4v1.4a5.8 5.8 0 0 0 0-11.2z',
  silent: 'M2 6v4h2.5L8 13V3L4.5 6zM10 5.8l.9-.9L12.4 6.500 14 4.900l.9.9L13.300 7.400 14.900 9l-.9.9-1.600-1.600L10.900 9.900 10 9l1.500-1.600z',
  theme: 'M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM8 3v10a5 5 0 0 1 0-10z',
  left: 'M10.500 2.500 5 8l5.500 5.500 1.100-1.100L7.200 8l4.400-4.400z',
};

export function icon(name: keyof typeof ICONS & string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', ICONS[name]!);
  svg.append(path);
  return svg;
}
