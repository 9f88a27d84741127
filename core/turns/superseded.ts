/** The question was edited: another turn answers it. Whoever follows goes on with that one, and nobody is told. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
  readonly turnId: string;

  constructor(turnId: string) {
    super('another turn answers this question since it was edited');
    this.turnId = turnId;
  }
}
