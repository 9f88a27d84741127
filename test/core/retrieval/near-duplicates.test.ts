import { describe, expect, it } from 'vitest';
import { toShingles, withoutNearDuplicates } from '../../../core/retrieval/near-duplicates.ts';
import { tokenize } from '../../../core/retrieval/tokenize.ts';

const LONG =
  'Open the settings page, choose the account tab, press the reset button and follow the link that arrives by mail within ten minutes.';

const shinglesOf = (text: string) => toShingles(tokenize(text));

describe('withoutNearDuplicates', () => {
  it('keeps the first of texts that differ in a word or in punctuation', () => {
    const copy = LONG.replace('ten', 'five').toUpperCase();

    expect(withoutNearDuplicates([LONG, copy, 'Something else.'], shinglesOf)).toEqual([LONG, 'Something else.']);
  });

  it('keeps texts that share a sentence only', () => {
    const longer = `${LONG} On phones the page looks different: tap the picture first, then security, then password.`;

    expect(withoutNearDuplicates([LONG, longer], shinglesOf)).toHaveLength(2);
  });

  it('keeps different short texts', () => {
    expect(withoutNearDuplicates(['Yes.', 'No.', 'yes'], shinglesOf)).toEqual(['Yes.', 'No.']);
  });

  it('stops when there are enough', () => {
    const read: string[] = [];
    const reading = (text: string) => {
      read.push(text);
      return shinglesOf(text);
    };

    const kept = withoutNearDuplicates(['One.', 'one', 'Two.', 'Three.'], reading, { atMost: 2 });

    expect(kept).toEqual(['One.', 'Two.']);
    expect(read).toEqual(['One.', 'one', 'Two.']);
  });
});
