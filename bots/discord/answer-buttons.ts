import {
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIComponentInMessageActionRow,
  ButtonStyle,
  ComponentType,
} from 'discord.js';
import { type Action, createCustomId } from './custom-id.ts';

type Row = APIActionRowComponent<APIComponentInMessageActionRow>;

function button(action: Action, id: string, label: string): APIButtonComponentWithCustomId {
  return { type: ComponentType.Button, style: ButtonStyle.Secondary, custom_id: createCustomId(action, id), label };
}

function row(components: APIButtonComponentWithCustomId[]): Row[] {
  return [{ type: ComponentType.ActionRow, components }];
}

/** While an answer is being written. */
export function writingButtons(turnId: string): Row[] {
  return row([button('stop', turnId, 'Stop')]);
}

/** When there is no answer. */
export function failedButtons(turnId: string): Row[] {
  return row([button('retry', turnId, 'Retry')]);
}

/** Under an answer. At most five fit in a row. */
export function answerButtons(answer: {
  turnId: string;
  messageId: string;
  canOpenThread: boolean;
  /** Whether it met its length limit and can go on. */
  isCut: boolean;
}): Row[] {
  const why = button('explain', answer.messageId, 'Why?');
  const buttons = [
    button('up', answer.messageId, '👍'),
    button('down', answer.messageId, '👎'),
    button('retry', answer.turnId, 'Retry'),
    button('follow_up', answer.turnId, 'Follow up'),
  ];
  const goOn = answer.isCut ? [button('go_on', `${answer.turnId}.${answer.messageId}`, 'Go on')] : [];
  if (!answer.canOpenThread) return [...(answer.isCut ? row(goOn) : []), ...row([...buttons, why])];
  return [...row([...buttons, button('thread', answer.turnId, 'Continue in a thread')]), ...row([...goOn, why])];
}
