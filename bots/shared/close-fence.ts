const FENCE_LINE = /^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*(`{3,}|~{3,})(.*)$/;

/** Closes the code block that a text leaves open, if it does: without parsing all of it, for every delta. */
export function closeFence(markdown: string): string {
  if (!/```|~~~/.test(markdown)) return markdown;
  let opened: string | null = null;
  for (const line of markdown.split('\n')) {
    const [, marks, after = ''] = line.match(FENCE_LINE) ?? [];
    if (!marks) continue;
    if (opened === null) opened = marks;
    else if (marks.startsWith(opened) && after.trim() === '') opened = null;
  }
  return opened === null ? markdown : `${markdown}\n${opened}`;
}
