import { describe, expect, it } from 'vitest';
import { tokenize } from '../../../core/retrieval/tokenize.ts';

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

  it('cuts text without spaces into its words', () => {
    expect(tokenize('東京都は')).toEqual(['東京', '都', 'は']);
    expect(tokenize('เปลี่ยนแบตเตอรี่อย่างไร')).toEqual(['เปลี่ยน', 'แบตเตอรี่', 'อย่างไร']);
    expect(tokenize('តើខ្ញុំផ្លាស់ប្តូរ')).toEqual(['តើ', 'ខ្ញុំ', 'ផ្លាស់', 'ប្តូរ']);
    expect(tokenize('ຂ້ອຍຈະ')).toEqual(['ຂ້ອຍ', 'ຈະ']);
  });

  it('adds pairs where a word could be cut in two ways', () => {
    expect(tokenize('退货')).toEqual(['退', '退货', '货']);
    expect(tokenize('使用者')).toEqual(['使用者', '使用', '用者']);
  });

  it('lowers capitals by the language', () => {
    expect(tokenize('IŞIK', 'tr')).toEqual(['ışık']);
    expect(tokenize('İstanbul', 'az')).toEqual(['istanbul']);
    expect(tokenize('ID', 'en')).toEqual(['id']);
  });

  it('leaves out the points of Hebrew and Arabic', () => {
    expect(tokenize('שָׁלוֹם')).toEqual(['שלום']);
    expect(tokenize('كِتَابٌ كــتاب')).toEqual(['كتاب', 'كتاب']);
  });

  it('leaves out hyphens for the end of a line and joiners', () => {
    expect(tokenize('Zusammen\u00adarbeit')).toEqual(['zusammenarbeit']);
    expect(tokenize('क्\u200dष')).toEqual(tokenize('क्ष'));
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
