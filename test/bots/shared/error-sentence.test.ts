import { describe, expect, it } from 'vitest';
import { errorSentence } from '../../../bots/shared/error-sentence.ts';
import { AppError, ERROR_CODES } from '../../../core/errors.ts';

describe('what people read when something fails', () => {
  it.each(ERROR_CODES)('is at least one whole sentence for %s', (code) => {
    const sentence = errorSentence(new AppError(code, 'In its own words.'));

    expect(sentence).toMatch(/^[A-Z].*\.$/);
    expect(sentence).not.toContain('_');
  });

  it("is the error's own words where only those say what is wrong", () => {
    expect(errorSentence(new AppError('conflict', 'It is still being answered.'))).toBe('It is still being answered.');
  });

  it('never is what nobody meant them to read, but says where operators find it', () => {
    const sentence = errorSentence(new Error('connect ECONNREFUSED 10.0.0.1'), { turnId: 'turn-1' });

    expect(sentence).toMatch(/try again/);
    expect(sentence).toContain('turn-1');
    expect(sentence).not.toContain('ECONNREFUSED');
  });

  it('needs no turn', () => {
    expect(errorSentence('a string was thrown')).toBe('Something went wrong on my side. Please try again.');
  });
});
