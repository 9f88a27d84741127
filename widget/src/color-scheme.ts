/**
 * Whether the page says nothing of light and dark, so that the chat goes by the system. Otherwise it goes by the page,
 * which may be dark on a light system.
 */
export function isSchemeOpen(host: Element): boolean {
  return (
    getComputedStyle(host.parentElement ?? document.documentElement).colorScheme === 'normal' &&
    !document.querySelector('meta[name="color-scheme"]')
  );
}

/** Tells when the page may have become light or dark: by a class or an attribute of its outermost elements, as pages do it. */
export function watchScheme(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributes: true });
  return () => observer.disconnect();
}
