import { foldMarks } from './fold-marks.ts';
import type { ConversationTurn } from './retrieval.ts';
import { tokenize } from './tokenize.ts';

const list = (words: string) => new Set(tokenize(words).map((word) => foldMarks(word)));

/**
 * Words that ask for nothing, in the languages people most often write in. Only a message made of nothing else is
 * small talk: a word missing here costs a needless search, a word wrongly here would cost an answer.
 */
const COURTESIES = list(
  `hi hello hey heya hiya howdy yo greetings welcome morning afternoon evening night good day all everyone everybody
  folks guys team bot parley thanks thank thx ty tysm you much very so a lot many cheers appreciated
  bye goodbye cya see ya later take care nice great awesome cool perfect excellent wonderful amazing fantastic lovely
  lol haha hahaha xd wow oh ah aha hm hmm sorry please to meet got understood friend mate buddy and
  hallo moin servus guten gute gruss gott morgen tag abend nacht danke dankeschon vielen lieben dank schon sehr
  tschuss ciao super prima toll klasse alles klar
  bonjour salut bonsoir coucou merci beaucoup bonne journee soiree revoir au parfait d'accord
  hola buenos buenas dias tardes noches gracias muchas muchisimas adios hasta luego vale bueno perfecto genial
  ola bom boa dia tarde noite obrigado obrigada muito tchau
  buongiorno buonasera buonanotte salve grazie mille arrivederci perfetto
  hoi goedemorgen goedemiddag goedenavond dank je wel doei bedankt
  hej hei takk tack tak czesc dzieki merhaba tesekkurler selam
  привет здравствуйте спасибо большое пока
  你好 您好 谢谢 再见 こんにちは おはよう ありがとう 今日は 안녕 안녕하세요 감사합니다`,
);
/** These answer something. After a question of the assistant they say what to look up, so there they do not count. */
const REPLIES = list(
  `ok okay k kk yes yep yeah yup sure no nope nah right alright fine true exactly correct agreed sounds makes sense
  ja nein doch gut genau stimmt oui non bien si sim nao tudo bem va bene da нет да 好的 はい いい いえ 네`,
);
/** Longer courtesies, whose words alone could be a question. */
const PHRASES = [
  /^(so )?how are you( all)?( doing)?( today)?$/,
  /^how (is it|are things) going$/,
  /^(what's|whats|what) up$/,
  /^(hi|hello|hey) there$/,
  /^i see$/,
  /^that (is|was) all( thanks| thank you)?$/,
  /^wie geht( es|'s|s)? ?(dir|ihnen|euch)?$/,
  /^comment (ca va|allez vous)$/,
  /^(que tal|como estas|como esta|tudo bem|come va|come stai)$/,
];
/** Longer messages say something, even in words like these. */
const MOST_WORDS = 8;

/** False when the last turn is nothing but courtesy, agreement or emoji: nothing is looked up for it. */
export function needsDocuments(turns: ConversationTurn[]): boolean {
  const last = turns.at(-1);
  if (last?.role !== 'user') return false;
  const words = tokenize(last.content).map((word) => foldMarks(word));
  if (words.length > MOST_WORDS) return true;
  if (PHRASES.some((phrase) => phrase.test(words.join(' ')))) return false;
  const isReply = words.some((word) => REPLIES.has(word) && !COURTESIES.has(word));
  if (isReply && asksSomething(turns.at(-2))) return true;
  return words.some((word) => !COURTESIES.has(word) && !REPLIES.has(word));
}

function asksSomething(turn: ConversationTurn | undefined): boolean {
  return turn?.role === 'assistant' && /[?？]\s*$/.test(turn.content);
}
