export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
}

const TOKEN = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>|<!DOCTYPE[^>]*>|<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|[^<]+/gy;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The elements and attributes of an XML text (text between elements is not kept: URDF has none). No entities beyond the five, nothing from outside. */
export function parseXml(text: string): XmlElement {
  const top: XmlElement = { name: '', attributes: {}, children: [] };
  const open: XmlElement[] = [top];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`XML: not understood at line ${lineAt(text, at)}.`);
    at = TOKEN.lastIndex;
    const [, closing, name, attributes, selfClosing] = match;
    if (!name) continue;
    if (closing) {
      const last = open.pop();
      if (!last || last === top || last.name !== name) throw new Error(`XML: </${name}> at line ${lineAt(text, match.index)} closes nothing.`);
      continue;
    }
    const element: XmlElement = { name, attributes: readAttributes(attributes ?? ''), children: [] };
    open[open.length - 1]!.children.push(element);
    if (!selfClosing) open.push(element);
  }
  if (open.length !== 1) throw new Error(`XML: <${open[open.length - 1]!.name}> is not closed.`);
  const root = top.children[0];
  if (!root || top.children.length !== 1) throw new Error('XML: there must be one element around all others.');
  return root;
}

export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

function readAttributes(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const match of text.matchAll(ATTRIBUTE)) out[match[1]!] = (match[2] ?? match[3]!).replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
  return out;
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
