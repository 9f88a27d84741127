import type { AppError, ErrorCode } from '../errors.ts';

/** What everybody else reads of a failure that only whoever runs this can mend. */
export const CANNOT_ANSWER = 'The assistant cannot answer just now. Whoever runs it can see why.';

/** For whoever runs this: what is wrong with the settings of the language model, by the code of the failure. */
const TOLD: Partial<Record<ErrorCode, string>> = {
  model_key_invalid:
    'The server of the language model refuses the key, or its budget is spent. Check OPENAI_API_KEY, or the key that the row in MODELS_FILE names, and the account behind it.',
  model_not_found:
    'The server of the language model does not have the model it was asked for. Check CHAT_MODEL, MODELS_FILE and OPENAI_BASE_URL.',
};

/** @returns null for a failure that is not the operator's to mend */
export function toldToOperator({ code }: AppError): string | null {
  return TOLD[code] ?? null;
}
