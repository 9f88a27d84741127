/** What an answer of that kind has in it, whatever it is about. */
export type AnswerKind = 'money' | 'duration' | 'number' | 'time' | 'contact' | 'name' | 'place' | 'steps';

const ASKED: [AnswerKind, RegExp][] = [
  [
    'money',
    /\b(?:how much (?:is|are|does|do|for|will)|price|prices|costs?|fees?|charges?|wie ?viel kostet|was kostet|combien|cu[aá]nto cuesta|quanto custa)\b/i,
  ],
  ['duration', /\b(?:how (?:long|often|soon|fast)|wie (?:lange|oft)|combien de temps|cu[aá]nto tiempo)\b/i],
  [
    'number',
    /\b(?:how (?:many|much|big|large|heavy|high|wide|loud|tall|old|hot|warm|cold)|what (?:temperature|size|weight|length|speed|voltage|power)|wie ?viele?|combien|cu[aá]nt[oa]s|limit|maximum)\b/i,
  ],
  ['time', /^(?:and |so |ok,? )?(?:when|until when|wann|quand|cu[aá]ndo)\b|\b(?:what time|which day|opening hours)\b/i],
  ['contact', /\b(?:contact|reach|phone|e-?mail|call|erreiche|kontakt|contacter)\b/i],
  [
    'name',
    /\b(?:which|what|welche[rsn]?|quelle?|qu[eé]|what's) (?:\w+ ){0,2}(?:variables?|settings?|options?|commands?|flags?|parameters?|files?|folders?|scopes?|headers?|routes?|endpoints?)\b/i,
  ],
  ['place', /\b(?:where|wo|wohin|où|d[oó]nde|onde)\b/i],
  [
    'steps',
    /^(?:and |so |ok,? )?(?:how (?:do|can|to|should|would|does)|wie (?:kann|installiere|mache|richte|f[uü]ge)|comment|c[oó]mo)\b/i,
  ],
];

const UNIT = `(?:milli)?seconds?|minutes?|hours?|(?:working )?days?|nights?|weeks?|months?|years?`;
const COUNT = String.raw`\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|half|every|each`;

const IMPERATIVES =
  'add|allow|ask|buy|call|change|check|choose|click|copy|create|delete|download|edit|empty|enter|fill|go to|hold|install|make|move|open|paste|pick|plug|press|print|pull|push|put|register|remove|replace|run|scan|select|send|set|sign|stop|switch|take|tap|tell|turn|type|use|visit|write';

const ANSWERS: Record<AnswerKind, RegExp> = {
  money: /[€$£¥]|\b(?:EUR|USD|euros?|dollars?|cents?|free|costs? nobody|costs? nothing|kostenlos|gratuit|gratis)\b/i,
  duration: new RegExp(
    String.raw`\b(?:${COUNT})(?: \w+)? (?:${UNIT})\b|\b(?:daily|weekly|monthly|yearly|at once|Tage|Stunden|jours)\b|\d+[–-]\d+`,
    'i',
  ),
  number: /\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve)\b/i,
  time: new RegExp(
    String.raw`\d{1,2}:\d\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:${COUNT}) (?:${UNIT})\b|\bfrom \d`,
    'i',
  ),
  contact: /@[\w-]+\.|\+\d[\d ]{5,}|https?:/,
  name: /`[^`]+`|\b[A-Z]+_[A-Z_]+\b/,
  place:
    /https?:|`[^`]*[/.][^`]*`|\b[Ii]n (?:the |our |a |your )?\p{L}|\b(?:at|under|below|beside|behind) (?:the |our |a |your )?\p{L}|\p{Lu}\p{L}+ \d+\b/u,
  steps: new RegExp(
    String.raw`^\s*\d+[.)] |^\x60\x60\x60|^To \p{Ll}|\x60[a-z][\w.-]* [^\x60]+\x60|(?:^|: |, |^Then )(?:${IMPERATIVES})\b`,
    'iu',
  ),
};

/** Read from the words that ask; null where they promise nothing. */
export function answerKindOf(question: string): AnswerKind | null {
  return ASKED.find(([, words]) => words.test(question.trim()))?.[0] ?? null;
}

/** How much having such an answer counts beside the words of the question. */
const BONUS: Record<AnswerKind, number> = {
  money: 0.2,
  duration: 0.15,
  number: 0.1,
  time: 0.15,
  contact: 0.2,
  name: 0.15,
  place: 0.2,
  steps: 0.15,
};

/** More than 0 where a sentence, row or item has what was asked for. */
export function kindBonus(kind: AnswerKind | null, { text, plain }: { text: string; plain: string }): number {
  if (kind === null) return 0;
  // The numbers of steps and the marks of code are not what a sentence says.
  const read = kind === 'steps' || kind === 'name' ? text : plain;
  return ANSWERS[kind].test(read) ? BONUS[kind] : 0;
}
