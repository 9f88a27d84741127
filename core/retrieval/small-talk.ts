import { foldAccents, tokenize } from './tokenize.ts';

/**
 * Words that ask for nothing: greetings, thanks, goodbyes, agreement, in the languages people most often write to us
 * in. Only a message made of nothing else counts as small talk, so a word missing here costs one needless search,
 * while a word wrongly here would cost an answer.
 */
const SMALL_TALK = new Set(
  `hi hello hey heya hiya yo howdy greetings morning afternoon evening night good day sup wassup there all everyone everybody folks guys team bot parley
  thanks thank you thx ty tysm cheers much very so many a lot appreciated appreciate it that
  bye goodbye cya see ya later take care
  ok okay k kk cool nice great awesome perfect excellent wonderful amazing fine alright sure yes yep yeah yup no nope nah lol haha hahaha xd wow oh ah hm hmm
  got understood sounds makes sense
  how are doing going things nice to meet please sorry welcome friend mate buddy
  hallo moin servus guten gruss gott morgen tag abend nacht danke dankeschon vielen dank schon sehr tschuss tschau ciao ja nein gut super prima toll alles klar wie geht es dir gehts
  bonjour salut bonsoir coucou merci beaucoup bien revoir au oui non d'accord parfait ca va comment allez vous
  hola buenos buenas dias tardes noches gracias muchas adios hasta luego si vale bueno perfecto genial que tal como estas
  ola bom boa dia tarde noite obrigado obrigada muito tchau sim nao tudo bem
  buongiorno buonasera grazie mille arrivederci va bene perfetto
  hoi goedemorgen goedenavond dank je wel doei prima
  hej tack tak hei takk czesc dzieki merhaba tesekkurler selam
  привет здравствуйте спасибо пока да нет
  你好 您好 谢谢 再见 好的 こん んに にち ちは おは はよ よう あり りが がと とう 안녕 녕하 하세 세요 안녕하세요 감사합니다 감사 감사해요`
    .split(/\s+/)
    .map(foldAccents),
);

/** Longer messages say something, even in words like these. */
const MOST_WORDS = 8;

/** False when a message is nothing but a greeting, thanks, a goodbye, agreement or emoji: nothing is looked up for it. */
export function needsDocuments(message: string): boolean {
  const words = tokenize(message).map(foldAccents);
  return words.length > MOST_WORDS || words.some((word) => !SMALL_TALK.has(word));
}
