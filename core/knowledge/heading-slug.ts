/**
 * Makes GitHub's anchors for the headings of one document, in order: lower case, punctuation dropped, spaces to
 * hyphens, a number after each repetition.
 */
export function createHeadingSlugs(): (heading: string) => string {
  const used = new Map<string, number>();
  return (heading) => {
    const base = heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    let slug = base;
    while (used.has(slug)) {
      const count = (used.get(base) ?? 0) + 1;
      used.set(base, count);
      slug = `${base}-${count}`;
    }
    used.set(slug, 0);
    return slug;
  };
}
