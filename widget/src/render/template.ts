/** A piece of the chat as it should look now: markup of ours, with values in its holes. */
export interface Template {
  strings: TemplateStringsArray;
  values: unknown[];
}

/**
 * Markup with holes: text, templates and lists of them between tags; `name=${value}`, `.property=${value}` and
 * `@event=${handler}` in them; and alone in a tag a function that is given the element. All attributes are quoted, or
 * a hole, and every element is closed.
 */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Template {
  return { strings, values };
}

/** Nothing to show, or an attribute that is not there. */
export const nothing = null;

/** Styles of a part of the chat. */
export const css = String.raw;
