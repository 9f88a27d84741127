/** What a message to the assistant gets. */
export type Decision =
  | { outcome: 'accepted'; turnId: string }
  | { outcome: 'said'; text: string }
  /** Nothing is to be seen. */
  | { outcome: 'ignored' };
