const FENCE_LINE = /^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*(`{3,}|~{3,})(.*)$/;

/** Closes the code block that a text leaves open, if it does: without parsing all of it, for every delta. */
export function closeFence(markdown: string): string {
  const open = findOpenFence(markdown);
  return open === null ? markdown : `${markdown}\n${open.marks}`;
}

/** The line that opens the code block a text ends in, to go on with it elsewhere; null when it ends in none. */
export function openingOfFence(markdown: string): string | null {
  const open = findOpenFence(markdown);
  return open && `${open.marks}${open.language}`;
}

function findOpenFence(markdown: string): { marks: string; language: string } | null {
  if (!/```|~~~/.test(markdown)) return null;
  let open: { marks: string; language: string } | null = null;
  for (const line of markdown.split('\n')) {
    const [, marks, after = ''] = line.match(FENCE_LINE) ?? [];
    if (!marks) continue;
    if (open === null) open = { marks, language: after.trim() };
    else if (marks.startsWith(open.marks) && after.trim() === '') open = null;
  }
  return open;
}
