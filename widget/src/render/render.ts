import type { Template } from './template.ts';

/** Puts the next value into a hole. */
type Fill = (value: unknown) => void;

const HOLE = '\0';
/** A hole, the end of an element, its beginning with its attributes, or text. */
const TOKENS = /\0|<\/[^>]*>|<([\w-]+)((?:[^>"]|"[^"]*")*)>|[^<\0]+/g;
/** The `=` and the value are missing of a hole that stands alone, and of attributes that need none. */
const ATTRIBUTES = /([@.]?[\w-]+|\0)(?:=(\0|"[^"]*"))?/g;
const SVG = 'http://www.w3.org/2000/svg';

/** Shows a template at the end of an element, once. */
export function append(parent: Node, template: Template): void {
  fillHole(parent.appendChild(new Comment()))(template);
}

/**
 * Shows templates, lists and text in front of a mark, and changes from then on only what is different.
 *
 * Elements are made one by one, never from HTML: a page that has Trusted Types asks for nothing of HTML to be parsed,
 * and with `trusted-types 'none'` there is no way to have it allowed.
 */
export function fillHole(end: Comment): Fill {
  const start = new Comment();
  end.before(start);
  let shown: unknown = '';
  let fills: Fill[] = [];

  const replace = (key: unknown) => {
    while (start.nextSibling !== end) start.nextSibling?.remove();
    shown = key;
    fills = [];
  };

  return (value) => {
    if (Array.isArray(value)) {
      if (shown !== Array) replace(Array);
      for (const at of value.keys()) fills[at] ??= fillHole(insertMark(end));
      // What a shorter list has no more keeps its place, empty.
      fills.forEach((fill, at) => {
        fill(value[at]);
      });
    } else if (isTemplate(value)) {
      if (shown !== value.strings) {
        replace(value.strings);
        const made = build(value.strings);
        fills = made.fills;
        fillAll(fills, value.values);
        end.before(made.content);
      } else fillAll(fills, value.values);
    } else {
      const text = String(value ?? '');
      if (shown === text) return;
      replace(text);
      end.before(text);
    }
  };
}

function fillAll(fills: Fill[], values: unknown[]): void {
  fills.forEach((fill, at) => {
    fill(values[at]);
  });
}

function isTemplate(value: unknown): value is Template {
  return value instanceof Object && 'strings' in value;
}

function insertMark(end: Comment): Comment {
  const mark = new Comment();
  end.before(mark);
  return mark;
}

function build(strings: TemplateStringsArray): { content: DocumentFragment; fills: Fill[] } {
  const content = document.createDocumentFragment();
  const fills: Fill[] = [];
  let parent: ParentNode = content;
  for (const [token, tag, attributes = ''] of strings.join(HOLE).matchAll(TOKENS)) {
    if (token === HOLE) fills.push(fillHole(parent.appendChild(new Comment())));
    else if (tag) {
      const element = createElement(tag);
      for (const [, name = '', value] of attributes.matchAll(ATTRIBUTES)) {
        if (name === HOLE || value === HOLE) fills.push(fillAttribute(element, name));
        else element.setAttribute(name, value?.slice(1, -1) ?? '');
      }
      parent.append(element);
      if (!attributes.endsWith('/')) parent = element;
    } else if (token.startsWith('</')) parent = parent.parentNode ?? content;
    else parent.append(token);
  }
  return { content, fills };
}

function createElement(tag: string): Element {
  return tag === 'svg' || tag === 'path' ? document.createElementNS(SVG, tag) : document.createElement(tag);
}

function fillAttribute(element: Element, name: string): Fill {
  let shown: unknown;
  const word = name.slice(1);
  if (name === HOLE) return (value) => (value as (element: Element) => void)(element);
  if (name.startsWith('@')) element.addEventListener(word, (event) => (shown as (event: Event) => void)(event));
  return (value) => {
    if (value === shown) return;
    shown = value;
    if (name.startsWith('@')) return;
    if (name.startsWith('.')) Object.assign(element, { [word]: value });
    else if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, String(value));
  };
}
