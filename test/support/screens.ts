import type { BrowserContextOptions, Page } from 'playwright';

/** What our own pages have to look right on: a name for `it.each`, and how a browser is opened to be one. */
export const SCREENS: [string, BrowserContextOptions][] = [
  ['in light', {}],
  ['in dark', { colorScheme: 'dark' }],
  ['on a phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
];

/** Whether nobody has to scroll sideways. */
export function fitsScreen(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
}
