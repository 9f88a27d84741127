/** Lines that stay: screen readers may come to them late. */
const KEPT_LINES = 8;

/** Says words in a live region by adding them; what was said long before goes away, which is not spoken. */
export function sayIn(region: Element | null, words: string): void {
  if (!region || !words) return;
  const line = document.createElement('p');
  line.textContent = words;
  region.append(line);
  while (region.childElementCount > KEPT_LINES) region.firstElementChild?.remove();
}
