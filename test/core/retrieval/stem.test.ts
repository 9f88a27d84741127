import { describe, expect, it } from 'vitest';
import { foldMarks } from '../../../core/retrieval/fold-marks.ts';
import { stem } from '../../../core/retrieval/stem.ts';
import { tokenize } from '../../../core/retrieval/tokenize.ts';

const termsOf = (text: string, language: string) => tokenize(text, language).map((word) => stem(word, language));

describe('stem', () => {
  it.each([
    ['hi', 'दिन दान'],
    ['bn', 'দিন দান'],
    ['ta', 'கல் காலி'],
    ['te', 'కల కాల'],
    ['th', 'ดี ดู'],
    ['vi', 'bàn bán bạn'],
    ['ru', 'йод иод'],
    ['uk', 'їжак іжак'],
    ['ja', 'か が'],
  ])('keeps words apart that marks tell apart in %s', (language, words) => {
    const terms = termsOf(words, language);

    expect(new Set(terms).size).toBe(terms.length);
    expect(terms).toHaveLength(words.split(' ').length);
  });

  it.each([
    ['tr', 'ISPARTA ısparta Isparta Isparta\u2019da'],
    ['tr', 'IŞIK ışık Işık isik'],
    ['tr', 'İSTANBUL İstanbul istanbul'],
    ['az', 'IŞIQ ışıq'],
    ['el', 'ΟΔΟΣ οδός'],
    ['ru', 'ёлка елка Ёлка'],
    ['ru', 'за\u0301мок замок'],
    ['pl', 'łódź lodz ŁÓDŹ'],
    ['da', 'smørrebrød smorrebrod'],
    ['de', 'Straße STRASSE strasse'],
    ['fr', 'l\u2019ordinateur ordinateurs'],
    ['it', "dell'azienda azienda"],
    ['ar', 'كِتَاب كتاب الكتاب'],
    ['fa', 'کتاب كتاب'],
    ['he', 'הַזְמָנָה הזמנה'],
    ['ko', '배터리를 배터리는 배터리'],
    ['ko', '파손되면 파손된 파손'],
  ])('takes spellings of one word in %s for one', (language, words) => {
    expect(new Set(termsOf(words, language)).size).toBe(1);
  });
});

describe('foldMarks', () => {
  it('strips accents and writes ß as ss', () => {
    expect(['über', 'straße', 'señor', 'plain'].map((word) => foldMarks(word))).toEqual([
      'uber',
      'strasse',
      'senor',
      'plain',
    ]);
  });
});
