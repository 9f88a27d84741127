/** What a button or modal is for; its id travels through Discord and comes back from whoever pressed it. */
const ACTIONS = ['stop', 'retry', 'thread', 'follow_up', 'up', 'down', 'ask', 'why', 'instructions'] as const;

export type Action = (typeof ACTIONS)[number];

export interface CustomId {
  action: Action;
  /** The turn's id for `stop`, `retry`, `thread`, `follow_up`, `ask`; the answer's for `up`, `down`, `why`; a channel's for `instructions`. */
  id: string;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
/** A channel's id, or `server` for all channels. */
const CHANNEL = /^(\d{1,20}|server)$/;

export function createCustomId(action: Action, id: string): string {
  return `${action}:${id}`;
}

/** Null for anything that this bot did not make; what it names is still to be authorised. */
export function parseCustomId(text: string): CustomId | null {
  const [name, id, ...rest] = text.split(':');
  const action = ACTIONS.find((known) => known === name);
  if (!action || id === undefined || rest.length > 0) return null;
  return (action === 'instructions' ? CHANNEL : UUID).test(id) ? { action, id } : null;
}
