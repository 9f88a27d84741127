import { en, type Texts } from './texts/en.ts';

export type { Texts };

/** The widget's words: English, with the page's own on top. */
export function findTexts(own: Partial<Texts>): Texts {
  return { ...en, ...own };
}

/** Puts a number or a name into a text. */
export function fill(text: string, value: string | number): string {
  return text.replace(/\{\w+\}/, () => String(value));
}

/** Reads words of the page's own from an attribute, which is JSON. */
export function toTexts(value: string | null): Partial<Texts> {
  try {
    return JSON.parse(value ?? '{}');
  } catch {
    return {};
  }
}
