/** What the widget loads when it is first looked at; see rich-text.ts. */
export { drawMarkdown } from './markdown.ts';
