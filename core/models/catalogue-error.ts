/** What is wrong with a catalogue, all of it at once, by row and column. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The list of models cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}
