import { attributeOf, childOf, elementsOf } from './docx-xml.ts';

/** What a paragraph style says about structure, with what it takes over from the styles it is based on. */
export interface DocxStyle {
  /** 1 to 6; null for anything that is no heading. */
  headingLevel: number | null;
  isTableOfContents: boolean;
  /** The list its paragraphs belong to; `0` means none, null that nothing is said. */
  listId: string | null;
  listLevel: number | null;
}

const PLAIN: DocxStyle = { headingLevel: null, isTableOfContents: false, listId: null, listLevel: null };

/** Word's own outline level for text that is no heading. */
const BODY_LEVEL = 9;

/** Reads `styles.xml`; null when the file has none, as small programs write it. */
export function readStyles(xml: Document | null): (styleId: string) => DocxStyle {
  const styles = new Map(xml ? elementsOf(xml, 'style').map((style) => [attributeOf(style, 'styleId'), style]) : []);

  const chainOf = (styleId: string): Element[] => {
    const chain: Element[] = [];
    for (let id = styleId; id && chain.length < 20; ) {
      const style = styles.get(id);
      if (!style || chain.includes(style)) break;
      chain.push(style);
      id = attributeOf(childOf(style, 'basedOn'), 'val');
    }
    return chain;
  };

  return (styleId) => {
    const chain = chainOf(styleId);
    if (chain.length === 0) return { ...PLAIN, headingLevel: levelOfName(styleId) };
    const numbering = chain.map((style) => childOf(childOf(style, 'pPr'), 'numPr'));
    return {
      headingLevel: headingLevelOf(chain),
      isTableOfContents: chain.some((style) => /^toc \d/i.test(nameOf(style))),
      listId: firstValue(numbering, 'numId'),
      listLevel: toLevel(firstValue(numbering, 'ilvl')),
    };
  };
}

/** The nearest style that says anything decides: a style based on a heading is one unless it says otherwise. */
function headingLevelOf(chain: Element[]): number | null {
  for (const style of chain) {
    const outline = attributeOf(childOf(childOf(style, 'pPr'), 'outlineLvl'), 'val');
    if (outline) return toHeadingLevel(outline);
    const named = levelOfName(nameOf(style));
    if (named) return named;
  }
  return null;
}

/** From an outline level, which counts from 0. */
export function toHeadingLevel(outline: string): number | null {
  const level = Number(outline);
  return Number.isInteger(level) && level >= 0 && level < BODY_LEVEL ? Math.min(6, level + 1) : null;
}

function levelOfName(name: string): number | null {
  if (/^title$/i.test(name)) return 1;
  const level = /^heading ?([1-9])$/i.exec(name)?.[1];
  return level ? Math.min(6, Number(level)) : null;
}

function nameOf(style: Element): string {
  return attributeOf(childOf(style, 'name'), 'val');
}

function firstValue(elements: (Element | null)[], name: string): string | null {
  return elements.map((element) => attributeOf(childOf(element, name), 'val')).find((value) => value !== '') ?? null;
}

function toLevel(value: string | null): number | null {
  return value === null ? null : Number(value);
}
