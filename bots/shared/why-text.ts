import type { AnswerExplanation, AnswerPayment } from '../../core/messages/explain-answer.ts';
import type { Payer } from '../../core/ports/turn-model.ts';
import { toDollars } from '../../core/wallet/money.ts';

const PAID_BY: Record<Payer, string> = {
  operator: 'paid by whoever runs this assistant',
  own_key: 'paid with your own model key',
  wallet: 'paid from your wallet',
  free: "paid from today's free allowance",
};

const MOST_SOURCES = 10;
const TITLE_LENGTH = 100;

/**
 * How an answer came about, in Markdown.
 * @param disarm makes a title harmless in the Markdown of that platform
 */
export function whyText(why: AnswerExplanation, disarm: (text: string) => string): string {
  return [
    '**Why this answer**',
    ...(why.model === null ? [] : [`- Written by: ${disarm(why.model)}`]),
    ...(why.reason === null ? [] : [`- Chosen because: ${disarm(why.reason)}`]),
    ...(why.usage === null
      ? []
      : [`- Tokens: ${count(why.usage.inputTokens)} in, ${count(why.usage.outputTokens)} out`]),
    ...(why.payment === null ? [] : [`- Cost: ${costText(why.payment)}`]),
    ...(why.ms === null ? [] : [`- Time: ${(why.ms / 1000).toFixed(1)} s`]),
    ...sourceLines(why, disarm),
  ].join('\n');
}

function costText({ payer, costMicros, price }: AnswerPayment): string {
  const cost = costMicros === null ? 'not known' : toDollars(costMicros);
  const perMillion = price
    ? ` (a million tokens: ${toDollars(price.inputMicrosPerMillion)} in, ${toDollars(price.outputMicrosPerMillion)} out)`
    : '';
  return `${cost}${perMillion}, ${PAID_BY[payer]}`;
}

function sourceLines({ sources }: AnswerExplanation, disarm: (text: string) => string): string[] {
  if (sources.length === 0) return ['- Sources: none; it was not taken from the documents'];
  return [
    '- Sources, with how well each fits (0 to 1):',
    ...sources
      .slice(0, MOST_SOURCES)
      .map(({ n, title, score }) => `  ${n}. ${disarm(title.slice(0, TITLE_LENGTH))}: ${score.toFixed(2)}`),
  ];
}

function count(tokens: number): string {
  return tokens.toLocaleString('en');
}
