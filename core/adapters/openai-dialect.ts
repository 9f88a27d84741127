import { APIError } from 'openai';

type LimitName = 'max_tokens' | 'max_completion_tokens';

export type DialectParameters = Partial<Record<LimitName, number>> & { stream_options?: { include_usage: true } };

const REFUSAL = /unsupported|not supported|unrecogni[sz]ed|unknown|unexpected|extra|not permitted|not allowed/i;

/**
 * The parameters in which compatible servers differ: the name of the output limit, and whether usage can be asked for.
 * What one server refuses is remembered, so that only the first request pays for finding out.
 */
export function createDialect({ limitName: configured }: { limitName: LimitName }) {
  let limitName = configured;
  let canReportUsage = true;

  return {
    parameters(maxOutputTokens: number): DialectParameters {
      return {
        [limitName]: maxOutputTokens,
        ...(canReportUsage ? { stream_options: { include_usage: true as const } } : {}),
      };
    },

    /** Whether the server refused one of the parameters sent, so that the request is worth sending once more. */
    learn(refusal: unknown, sent: DialectParameters): boolean {
      if (!(refusal instanceof APIError) || (refusal.status !== 400 && refusal.status !== 422)) return false;
      const complaint = `${refusal.param ?? ''} ${refusal.message}`;
      if (sent.stream_options && /stream_options|include_usage/.test(complaint)) {
        canReportUsage = false;
        return true;
      }
      const refused = sent.max_tokens === undefined ? 'max_completion_tokens' : 'max_tokens';
      if (!complaint.includes(refused) || !REFUSAL.test(`${refusal.code} ${refusal.message}`)) return false;
      limitName = refused === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
      return true;
    },
  };
}
