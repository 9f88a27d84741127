/** What a button or modal is for; its id travels through Discord and comes back from whoever pressed it. */
const ACTIONS = [
  'stop',
  'retry',
  'go_on',
  'thread',
  'follow_up',
  'up',
  'down',
  'ask',
  'why',
  'explain',
  'instructions',
  'carry',
  'aside',
  'erase',
  'keep',
] as const;

export type Action = (typeof ACTIONS)[number];

export interface CustomId {
  action: Action;
  /** The turn's id for `stop`, `retry`, `thread`, `follow_up`, `ask`; the answer's for `up`, `down`, `why` (of a modal), `explain`; a channel's for `instructions`; a session's for `aside` and, with the turn up to which it is carried, `carry`; a person's for `erase`, `keep`; the turn's and the answer's for `go_on`. */
  id: string;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const SESSION_UP_TO = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.\d{1,15}$/;
const TWO_UUIDS = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
/** A channel's id, or `server` for all channels. */
const CHANNEL = /^(\d{1,20}|server)$/;

/** Where it is not simply a UUID. */
const FORMS: Partial<Record<Action, RegExp>> = { instructions: CHANNEL, carry: SESSION_UP_TO, go_on: TWO_UUIDS };

export function createCustomId(action: Action, id: string): string {
  return `${action}:${id}`;
}

/** Null for anything that this bot did not make; what it names is still to be authorised. */
export function parseCustomId(text: string): CustomId | null {
  const [name, id, ...rest] = text.split(':');
  const action = ACTIONS.find((known) => known === name);
  if (!action || id === undefined || rest.length > 0) return null;
  return (FORMS[action] ?? UUID).test(id) ? { action, id } : null;
}
