const MOST_CHARACTERS = 60;
/** More of a question than any title shows; what follows may be a whole file. */
const READ_CHARACTERS = 1000;

/** How people begin before they come to the point; what they say after it is the title. */
const GREETING =
  /^(?:hi|hello|hey|hiya|howdy|greetings|dear|good (?:morning|afternoon|evening|day)|hallo|moin|servus|guten (?:morgen|tag|abend)|bonjour|bonsoir|salut|coucou|hola|buen[oa]s (?:d[ií]as|tardes|noches)|ol[aá]|bom dia|boa (?:tarde|noite)|ciao|buongiorno|buonasera|hoi|hej|привет|здравствуйте|你好|您好|こんにちは|안녕하세요)(?![\p{L}\p{N}])(?: (?:there|all|everyone|everybody|folks|team|guys|zusammen|@?\p{Lu}[\p{L}\p{N}_-]*)(?![\p{L}\p{N}]))?[\s\p{P}👋]*/iu;

const MENTION = /^@[\w.-]+[,:]?(?:\s+|$)/;

const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });
const words = new Intl.Segmenter(undefined, { granularity: 'word' });
const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Names a conversation after its first question that is more than a greeting: its first sentence on one line, without
 * greetings, mentions, addresses, code or markup, at most 60 characters, cut between words.
 * @param questions the first ones, oldest first
 * @returns null when there is nothing to name it by
 */
export function titleOf(questions: readonly string[]): string | null {
  const lines = questions.map((question) => toPlainLine(question.slice(0, READ_CHARACTERS)));
  const titles = [...lines.map((line) => firstSentence(withoutGreeting(line))), ...lines.map(firstSentence)];
  return titles.find((title) => /[\p{L}\p{N}]/u.test(title)) ?? null;
}

function firstSentence(text: string): string {
  const [first] = sentences.segment(text);
  return shorten((first?.segment ?? '').replace(/[\s.,:;!…–-]+$/u, '').trim());
}

function toPlainLine(markdown: string): string {
  return (
    markdown
      .replaceAll(/```[\s\S]*?(?:```|$)/g, ' ')
      .replaceAll(/^\s*(?:>|#{1,6}\s|[-*+]\s|\d+[.)]\s)+/gm, ' ')
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/<[^<>\s][^<>]*>/g, ' ')
      .replaceAll(/\b(?:https?:\/\/|www\.)\S+/gi, ' ')
      .replaceAll(/(?<![\p{L}\p{N}])[*_~]+(?=\S)|(?<=\S)[*_~]+(?![\p{L}\p{N}])|`/gu, '')
      // Also what would turn the direction of the text around it.
      .replaceAll(/[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim()
  );
}

function withoutGreeting(text: string): string {
  return text.replace(MENTION, '').replace(GREETING, '').replace(MENTION, '');
}

function shorten(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const cut = (parts: Intl.Segments) => {
    let kept = '';
    for (const { segment } of parts) {
      if (kept.length + segment.length >= MOST_CHARACTERS) break;
      kept += segment;
    }
    return kept.trimEnd().replace(/[,;:–-]$/, '');
  };
  return `${cut(words.segment(text)) || cut(characters.segment(text))}…`;
}
