import type { ConversationTurn } from './retrieval.ts';
import shipped from './small-talk-coefficients.json' with { type: 'json' };
import { countFeatures, type PartFeatures, toPartFeatures } from './small-talk-features.ts';

/** By feature, for talk and for reply, against a question: log odds. */
export type SmallTalkCoefficients = Record<string, readonly number[]>;

/** Fitted by `npm run eval:small-talk -- --fit` to bench/data/small-talk.csv. */
const COEFFICIENTS: SmallTalkCoefficients = shipped;

/** Longer messages say something. */
const MOST_WORDS = 16;
/**
 * How sure it has to be that nothing is asked. A needless search costs little; a question taken for small talk costs an
 * answer. Chosen with `npm run eval:small-talk`.
 */
const SURE = 0.5;

/** False when the last turn asks for nothing: greetings, thanks, agreement, emoji. Nothing is looked up for those. */
export function needsDocuments(turns: ConversationTurn[]): boolean {
  const last = turns.at(-1);
  if (last?.role !== 'user') return false;
  const { talk, reply } = judgeMessage(last.content);
  // A yes says what to look up, when it answers a question.
  if (reply > talk && asksSomething(turns.at(-2))) return true;
  return talk + reply < SURE;
}

interface Judgement {
  talk: number;
  reply: number;
}

/**
 * How likely a message is talk for its own sake, or an answer to a question; the rest asks for something. It is what
 * the part of it is that asks most.
 */
export function judgeMessage(message: string, coefficients: SmallTalkCoefficients = COEFFICIENTS): Judgement {
  const parts = toPartFeatures(message);
  if (parts.reduce((sum, { named }) => sum + named.length, 0) > MOST_WORDS) return { talk: 0, reply: 0 };
  const judged = parts.map((part) => judgePart(part, coefficients));
  const least = judged.toSorted((a, b) => a.talk + a.reply - b.talk - b.reply)[0] ?? { talk: 1, reply: 0 };
  // "Yes, please": one part that replies is enough.
  const isReply = judged.some(({ talk, reply }) => reply > talk);
  return isReply && least.talk > least.reply ? { talk: least.reply, reply: least.talk } : least;
}

function judgePart(part: PartFeatures, coefficients: SmallTalkCoefficients): Judgement {
  let talk = 0;
  let reply = 0;
  for (const [feature, count] of countFeatures(part, (name) => Object.hasOwn(coefficients, name))) {
    const [forTalk = 0, forReply = 0] = coefficients[feature] ?? [];
    talk += forTalk * count;
    reply += forReply * count;
  }
  const total = 1 + Math.exp(talk) + Math.exp(reply);
  return { talk: Math.exp(talk) / total, reply: Math.exp(reply) / total };
}

function asksSomething(turn: ConversationTurn | undefined): boolean {
  return turn?.role === 'assistant' && /[?？؟]\s*$/.test(turn.content);
}
