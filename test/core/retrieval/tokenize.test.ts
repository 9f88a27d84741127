import { describe, expect, it } from 'vitest';
import { foldAccents, tokenize } from '../../../core/retrieval/tokenize.ts';

describe('tokenize', () => {
  it('splits at everything that is not a letter or digit and lowers the case', () => {
    expect(tokenize('Set EMBEDDING_BASE_URL, then re-index v2.1!')).toEqual([
      'set',
      'embedding',
      'base',
      'url',
      'then',
      're',
      'index',
      'v2',
      '1',
    ]);
  });

  it('keeps accents for the stemmer, also when they are typed as separate marks', () => {
    expect(tokenize('Über Cafe\u0301')).toEqual(['über', 'café']);
  });

  it('keeps contractions whole and drops the possessive', () => {
    expect(tokenize("don’t touch Ada's keys")).toEqual(["don't", 'touch', 'ada', 'keys']);
  });

  it('reads text without spaces by overlapping pairs', () => {
    expect(tokenize('東京都は')).toEqual(['東京', '京都', '都は']);
  });

  it('separates Latin words inside text without spaces', () => {
    expect(tokenize('使用Docker部署')).toEqual(['使用', 'docker', '部署']);
  });

  it('treats full-width letters like plain ones', () => {
    expect(tokenize('ＡＢＣ１２３')).toEqual(['abc123']);
  });

  it('leaves out what is too long to be a word', () => {
    expect(tokenize(`key ${'a'.repeat(65)} end`)).toEqual(['key', 'end']);
  });

  it('finds nothing in emoji and punctuation', () => {
    expect(tokenize('🎉 … !?')).toEqual([]);
  });
});

describe('foldAccents', () => {
  it('strips accents and writes ß as ss', () => {
    expect(['über', 'straße', 'señor', 'plain'].map(foldAccents)).toEqual(['uber', 'strasse', 'senor', 'plain']);
  });
});
