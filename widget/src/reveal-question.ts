const MARGIN_PX = 8;

/**
 * Shows a question whole that the upper edge of the conversation would cut: nobody reads half a line, and its answer is
 * read from there.
 * @returns how far it scrolled back for that
 */
export function revealQuestion(log: Element): number {
  const edge = log.getBoundingClientRect().top;
  for (const question of log.querySelectorAll('.user')) {
    const { top, bottom } = question.getBoundingClientRect();
    if (top >= edge || bottom <= edge) continue;
    const back = edge - top + MARGIN_PX;
    log.scrollTop -= back;
    return back;
  }
  return 0;
}
