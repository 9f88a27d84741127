/** A mark that Lit puts where something goes, the end of an element, its beginning with its attributes, or text. */
const TOKENS = /<\?[^>]*>|<\/[^>]*>|<([\w-]+)((?:[^>"]|"[^"]*")*)>|[^<]+/g;
const ATTRIBUTES = /[@.]?([^\s=>"/]+)(?:=("[^"]*"|[^\s>]*))?/g;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes the elements of a template one by one, in place of `innerHTML`: on a page with Trusted Types that forbids
 * HTML to be parsed, and with `trusted-types 'none'` there is no way to have it allowed. It reads our own templates and
 * nothing else: attributes are quoted or one hole, and every element is closed.
 * @param html as Lit has prepared it. The sign before the name of an event or a property it knows from elsewhere, and it
 * is no name that an attribute may have.
 */
export function fillTemplate({ content }: HTMLTemplateElement, html: string): void {
  let parent: ParentNode = content;
  for (const [token, tag, attributes = ''] of html.matchAll(TOKENS)) {
    if (tag) {
      const element =
        tag === 'svg' || tag === 'path' ? document.createElementNS(SVG, tag) : document.createElement(tag);
      for (const [, name = '', value = ''] of attributes.matchAll(ATTRIBUTES))
        element.setAttribute(name, value.replace(/^"|"$/g, ''));
      parent.append(element);
      if (!attributes.endsWith('/')) parent = element;
    } else if (token.startsWith('</')) parent = parent.parentNode ?? content;
    else parent.append(token.startsWith('<?') ? new Comment(token.slice(1, -1)) : token);
  }
}
