import { AppError } from '../errors.ts';
import type { Message, MessageSource } from '../messages/message.ts';
import { toSnippet } from '../messages/snippet.ts';
import { toldToOperator } from '../models/operators-fault.ts';
import type { FinishReason, ModelRequest, Passage, TokenUsage } from '../ports/chat-model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ChooseTurnModel, TurnModel } from '../ports/turn-model.ts';
import type { TurnObserver } from '../ports/turn-observer.ts';
import { rememberTexts } from '../remember-texts.ts';
import type { ConversationTurn, Retrieval, RetrievalResult } from '../retrieval/retrieval.ts';
import type { Payment } from '../wallet/answer-payments.ts';
import { citedSources } from './cited-sources.ts';
import { GO_ON, toCutPair, toListedPassages } from './cut-answer.ts';
import { fitConversation, type HistoryPair } from './fit-history.ts';
import type { LiveTurn } from './live-turn.ts';
import type { Overheard, Overhearing } from './overhearing.ts';
import type { PaidRequest, PayForAnswer } from './pay-for-answer.ts';
import type { SystemPrompt } from './system-prompt.ts';
import type { FinishedAnswer, Turn, TurnToAnswer } from './turns-repository.ts';
import type { WriteAnswer } from './write-answer.ts';

export interface AnswerRequest {
  turn: TurnToAnswer;
  userMessage: Message;
  live: LiveTurn;
  signal: AbortSignal;
}

export interface WrittenAnswer {
  answer: Omit<FinishedAnswer, 'messageId'>;
  /** Why the answer failed or was cut off, for those who are watching; null when it did not. */
  error: unknown;
  /** How it was paid for, to be settled when it is stored; absent where it did not come to that. */
  payment?: Payment;
}

/** Writes the answer of one turn: what it shows on the way goes to `live`. Never throws: failures are answers too. */
export type Answer = (request: AnswerRequest) => Promise<WrittenAnswer>;

interface AnswerOptions {
  chooseModel: ChooseTurnModel;
  /** What somebody may spend on one answer; undefined where nobody counts. */
  findBudget(turn: Turn): Promise<number | undefined>;
  pay: PayForAnswer;
  write: WriteAnswer;
  retrieval: Retrieval;
  systemPrompt: SystemPrompt;
  /** What was said before it in its session, as far as it may be used where the turn was asked. */
  findHistory(turn: Turn): Promise<Message[]>;
  /** The cut answer that a turn goes on with, with all that was found for it; null for a turn of another kind. */
  findCutAnswer(turn: Turn): Promise<Message | null>;
  overhear: Overhearing['overhear'];
  observer: TurnObserver;
  clock: Clock;
  logger: Logger;
}

interface QuestionInContext {
  turn: TurnToAnswer;
  userMessage: Message;
  history: Message[];
  overheard: Overheard | null;
  /** What is gone on with, where this is no new answer. */
  cut: Message | null;
  found: RetrievalResult;
}

/** Shown for a bug of ours; what it was is in the log under the turn's id. */
const OUR_FAULT = 'Something went wrong on our side, and this could not be answered. Please try again.';

const snippetOf = rememberTexts(toSnippet);

export function createAnswer(options: AnswerOptions): Answer {
  const { chooseModel, pay, write, observer, clock } = options;
  const logger = options.logger.child({ part: 'answer' });

  return async ({ turn, userMessage, live, signal }) => {
    let found: MessageSource[] = [];
    /** What is gone on with. */
    let before = '';
    let usage: TokenUsage | null = null;
    let finishReason: FinishReason | null = null;
    let chosen: TurnModel | null = null;
    let paid: PaidRequest | null = null;
    const ended = (state: FinishedAnswer['state'], error: unknown): WrittenAnswer => {
      const spending = paid?.toSpending(usage, live.text) ?? null;
      const answer = {
        state,
        errorCode: error === null ? null : error instanceof AppError ? error.code : 'internal_error',
        content: state === 'failed' ? sentenceOf(error) : live.text,
        sources: state === 'failed' ? [] : citedSources(found, before + live.text),
        foundSources: found,
        ...authorOf(chosen),
        usage: spending?.usage ?? usage,
        finishReason,
        spending,
      };
      return { answer, error, ...(paid && { payment: paid.payment }) };
    };

    try {
      signal.throwIfAborted();
      const [history, cut, overheard] = await Promise.all([
        options.findHistory(turn),
        options.findCutAnswer(turn),
        options.overhear(turn, { signal }),
      ]);
      before = cut?.content ?? '';
      const said = { turn, userMessage, history, cut, overheard };
      const retrieved = await retrieve(said, signal);
      const context = { ...said, found: cut ? toListedPassages(retrieved, cut.sources, toSource) : retrieved };
      chosen = await choose(context, signal);
      const request = toRequest(context, chosen);
      // Before anything is shown: who cannot pay gets a refusal and nothing else.
      paid = await pay({ turn, chosen, request, signal });
      found = cut?.sources ?? request.passages.map(toSource);
      if (found.length > 0) live.showSources(found);
      const citable = found.length;
      ({ usage, finishReason } = await write({ turn, chosen, request: paid.request, citable, live, signal }));
      return ended('complete', null);
    } catch (error) {
      if (signal.aborted) return ended('interrupted', null);
      if (!(error instanceof AppError)) logger.error({ turnId: turn.id, err: error }, 'a turn failed unexpectedly');
      else report(turn, error);
      return ended(live.text === '' ? 'failed' : 'interrupted', error);
    }
  };

  function report(turn: Turn, error: AppError): void {
    const fields = { turnId: turn.id, code: error.code, err: error.cause };
    const told = toldToOperator(error);
    if (told === null) logger.warn(fields, 'a turn could not be answered');
    else logger.error(fields, told);
  }

  async function retrieve(said: Omit<QuestionInContext, 'found'>, signal: AbortSignal) {
    const { turn, userMessage, history } = said;
    const startedAt = performance.now();
    const turns = [...history.map(toConversationTurn), ...lastRemark(said), toConversationTurn(userMessage)];
    const viewer = { userId: turn.userId, space: turn.place.space, isPrivate: turn.place.isPrivate };
    const found = await options.retrieval.retrieve({ turns, viewer, signal });
    observer.retrieved(performance.now() - startedAt, found.outcome);
    return found;
  }

  async function choose(
    { turn, userMessage, history, found }: QuestionInContext,
    signal: AbortSignal,
  ): Promise<TurnModel> {
    const { content: question, imageUrls } = userMessage;
    const budgetMicros = await options.findBudget(turn);
    const limited = budgetMicros === undefined ? {} : { budgetMicros };
    return chooseModel({ turn, question, imageUrls, history, found, signal, ...limited });
  }

  function toRequest(asked: QuestionInContext, chosen: TurnModel): ModelRequest {
    const { turn, userMessage, history, overheard, cut, found } = asked;
    const said = [userMessage, ...history, ...(overheard?.messages ?? [])];
    const speakers = new Set(said.flatMap((message) => message.authorName ?? []));
    const named = (message: Message) =>
      speakers.size > 1 && message.authorName && !chosen.model.quote
        ? `${message.authorName}: ${message.content}`
        : message.content;
    const fitted = fitConversation({
      createSystem: (passages, heard) =>
        options.systemPrompt({
          today: clock.now(),
          platform: turn.platform,
          place: turn.place,
          outcome: found.outcome,
          passages,
          overheard: overheard && {
            messages: heard,
            isWhole: overheard.isWhole && heard.length === overheard.messages.length,
          },
          severalPeople: speakers.size > 1,
        }),
      history: cut ? [...toPairs(history, named), toCutPair(named(userMessage), cut)] : toPairs(history, named),
      question: cut ? { content: GO_ON } : { content: named(userMessage), imageUrls: userMessage.imageUrls },
      passages: chosen.model.quote ? (found.doubtful ?? found.passages) : found.passages,
      overheard: overheard?.messages ?? [],
      contextTokens: chosen.model.contextTokens,
      maxOutputTokens: Math.min(chosen.model.maxOutputTokens, turn.place.maxOutputTokens ?? Infinity),
    });
    const { outcome, confidence } = found;
    const request = { ...fitted, outcome, confidence, model: chosen.upstreamModel };
    return chosen.model.quote?.(request) ?? request;
  }
}

function toConversationTurn({ role, content }: Message): ConversationTurn {
  return { role, content };
}

/** A question among people is often about what one of them said just before. */
function lastRemark({ history, overheard }: Omit<QuestionInContext, 'found'>): ConversationTurn[] {
  const remark = overheard?.messages.at(-1);
  const answer = history.at(-1);
  if (!remark || (answer && answer.createdAt > remark.at)) return [];
  return [{ role: 'user', content: remark.text }];
}

/** Who wrote it, and why they: known once somebody was chosen. */
function authorOf(chosen: TurnModel | null): Pick<FinishedAnswer, 'model' | 'modelReason' | 'routed'> {
  if (!chosen) return { model: null };
  const { modelId = chosen.upstreamModel ?? chosen.model.name, reason = chosen.reason } = chosen.served?.() ?? {};
  return { model: modelId, modelReason: reason, routed: chosen.routed };
}

function sentenceOf(error: unknown): string {
  return error instanceof AppError ? error.message : OUR_FAULT;
}

function toSource({ n, title, url, text, score }: Passage): MessageSource {
  return { n, title, url, snippet: snippetOf(text), score };
}

/** Questions with their answers, oldest first; a question that was never answered is left out. */
function toPairs(history: Message[], toContent: (message: Message) => string): HistoryPair[] {
  const pairs: HistoryPair[] = [];
  let question: Message | null = null;
  for (const message of history) {
    if (message.role === 'user') question = message;
    else if (question && question.turnId === message.turnId && message.status !== 'failed' && message.content !== '') {
      pairs.push({ question: toContent(question), answer: message.content });
    }
  }
  return pairs;
}
