/** Limits of a model client that no answer of a stand-in reaches, however busy the machine is. */
export const modelLimits = {
  contextTokens: 8000,
  maxOutputTokens: 1000,
  maxTokensParameter: 'max_tokens',
  idleTimeoutMs: 60_000,
  totalTimeoutMs: 60_000,
} as const;
