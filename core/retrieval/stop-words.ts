const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/**
 * Words so common that matching them says nothing, by language. Short on purpose: idf deals with the rest, and a word
 * dropped here can never be found ("IT", "who" and "will" are names somewhere).
 */
export const STOP_WORDS: Record<string, ReadonlySet<string>> = {
  en: words(
    "a about am an and are as at be been being but by can could did do does doing for from had has have how i i'd i'll i'm i've if in into is isn't it's its me my of on or our should so than that the their them then there these they this those to was we were what when where which who whom why with would you your don't doesn't didn't can't what's it",
  ),
  de: words(
    'aber als am an auch auf aus bei bin bis da das dass dem den der des die dies diese dieser dieses du durch ein eine einem einen einer eines er es für hat habe haben ich ihr im in ist ja kann man mein mein meine mit nach nicht noch nur ob oder sein sich sie sind so über um und uns von vor war was wenn wer wie wir wird wo zu zum zur',
  ),
  fr: words(
    "a à ai au aux avec c'est ce ces cette comme comment dans de des du elle en est et eu fait il ils j'ai je l la le les leur lui ma mais me mes moi mon ne nos notre nous on ou où par pas pour qu que quel quelle qui s sa se ses son sont sur ta te tu un une vos votre vous y",
  ),
  es: words(
    'a al algo como con cual cuando de del donde el ella en es esa ese eso esta este esto están está ha hay la las le les lo los me mi mis muy más no nos o para pero por porque que qué quien se ser si sin sobre son su sus también te tu un una y ya yo cómo',
  ),
  it: words(
    'a ad al alla anche che chi ci come con cosa da dal dalla dei del della di dove e è ed gli ha ho i il in io la le lo ma mi mio nel nella non o per perché più quale quando questa questo se si sono su sul tra tu un una uno',
  ),
  pt: words(
    'a ao aos as com como da das de do dos e é ela ele em essa esse esta este eu foi há isso já mais mas me meu minha na não nas no nos o os ou para pela pelo por qual quando que quem se sem ser seu sua são também te tem um uma você',
  ),
  nl: words(
    'aan al als bij dan dat de deze die dit door een en er heb hebben heeft het hij hoe ik in is je kan maar me met mijn naar niet nog of om onze ook op over te tot u uit van voor waar was wat we wel wie wij worden wordt zijn zo',
  ),
};

/** So many of a question's words, and such a share, tell which language it is in. */
const TELLING = { count: 2, share: 0.3 };

/**
 * The words of a question that are its own. A stop word of the language it is plainly in is left out for all of them:
 * "do" and "it" are words of other languages.
 */
export function withoutStopWords(words: string[]): string[] {
  const lowered = words.map((word) => word.toLowerCase());
  const counted = Object.values(STOP_WORDS).map((common) => {
    return { common, count: lowered.filter((word) => common.has(word)).length };
  });
  // Of two alike the first, which is English.
  const [best] = counted.toSorted((a, b) => b.count - a.count);
  if (!best || best.count < TELLING.count || best.count < words.length * TELLING.share) return words;
  return words.filter((_, at) => !best.common.has(lowered[at] ?? ''));
}
