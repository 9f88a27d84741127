import { html, type TemplateResult } from 'lit';

/** Line icons on a grid of 24 by 24, drawn for this widget. */
const paths = {
  chat: 'M12 4c4.7 0 8.5 3.1 8.5 7s-3.8 7-8.5 7c-1 0-2-.1-2.9-.4L5 19.5l.9-3.4C4.4 14.8 3.5 13 3.5 11c0-3.9 3.8-7 8.5-7ZM8.5 11h.01M12 11h.01M15.5 11h.01',
  close: 'M6 6l12 12M18 6L6 18',
  down: 'M6 9.5l6 6 6-6',
  plus: 'M12 5v14M5 12h14',
  list: 'M5 7h14M5 12h14M5 17h8',
  back: 'M14.5 6l-6 6 6 6',
  send: 'M12 19V5.5M6 11l6-6 6 6',
  stop: 'M8 8h8v8H8z',
  copy: 'M9 9h10v11H9zM15 9V4.5H5V15h4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  up: 'M7 11l4-7c1.5 0 2.3 1 2 2.5L12.5 10h5c1.3 0 2 1 1.7 2.2l-1.4 6c-.2.9-.9 1.3-1.8 1.3H7ZM7 11H4v8.5h3',
  thumbDown: 'M17 13l-4 7c-1.5 0-2.3-1-2-2.5l.5-3.5h-5c-1.3 0-2-1-1.7-2.2l1.4-6c.2-.9.9-1.3 1.8-1.3H17ZM17 13h3V4.5h-3',
  retry: 'M5 12a7 7 0 1 0 2.2-5.1L5 9M5 4.5V9h4.5',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7',
};

export type IconName = keyof typeof paths;

export function icon(name: IconName): TemplateResult {
  return html`<svg class=${`icon i-${name}`} viewBox="0 0 24 24" aria-hidden="true"><path d=${paths[name]}></path></svg>`;
}
