/** Why a model has stopped, whatever its server calls it. */
export type FinishReason = 'stop' | 'length' | 'filtered' | 'broken';

const BY_NAME: Record<string, FinishReason> = {
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'length',
  content_filter: 'filtered',
  content_filtered: 'filtered',
  safety: 'filtered',
  refusal: 'filtered',
  prohibited_content: 'filtered',
  // The server itself gave up.
  abort: 'broken',
  aborted: 'broken',
  error: 'broken',
  insufficient_system_resource: 'broken',
};
/** What stands in chunks that are not the last. */
const NONE = new Set(['', 'null', 'none']);

/** @returns null where the answer goes on */
export function toFinishReason(sent: unknown): FinishReason | null {
  if (typeof sent !== 'string' || NONE.has(sent.toLowerCase())) return null;
  // stop, eos, eos_token, stop_sequence, end_turn, tool_calls, and whatever comes to be.
  return BY_NAME[sent.toLowerCase()] ?? 'stop';
}
