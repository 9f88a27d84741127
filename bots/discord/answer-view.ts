import { isCut, type Message, type MessageSource } from '../../core/messages/message.ts';
import { closeFence } from '../shared/close-fence.ts';
import { splitMarkdown } from '../shared/split-markdown.ts';
import { answerButtons, failedButtons, writingButtons } from './answer-buttons.ts';
import { toDiscordMarkdown } from './discord-markdown.ts';
import { MESSAGE_LIMIT, type MessageBody } from './message-body.ts';
import { toSourceLines } from './source-lines.ts';

/** How far an answer is. */
export type AnswerPhase =
  | { kind: 'writing' }
  | { kind: 'done'; answer: Message; notices?: string[] }
  /** What went wrong, in a sentence; text that came before stays. */
  | { kind: 'failed'; sentence: string };

export interface AnswerView {
  turnId: string;
  text: string;
  sources: MessageSource[];
  phase: AnswerPhase;
  canOpenThread: boolean;
  /** Shown small below the answer; may be empty. */
  note: string;
}

const THINKING = '-# Thinking …';
const CUT = '-# This answer met its length limit. Press "Go on" to read the rest.';
const STOPPED = '-# The answer ends here: it was stopped, or it broke off.';

/** The messages an answer is shown in. */
export function toMessageBodies(view: AnswerView): MessageBody[] {
  // What stands below an answer is not to become part of a code block that it leaves open.
  const text = view.phase.kind === 'writing' ? view.text : closeFence(view.text);
  const contents = splitMarkdown(toDiscordMarkdown(text), { limit: MESSAGE_LIMIT });
  for (const line of footerLines(view)) append(contents, line);
  if (contents.length === 0) contents.push(THINKING);
  return contents.map((content, index) => ({
    content,
    components: index === contents.length - 1 ? toButtons(view) : [],
  }));
}

function footerLines({ text, sources, phase, note }: AnswerView): string[] {
  switch (phase.kind) {
    case 'writing':
      return [];
    case 'failed':
      return [phase.sentence];
    case 'done':
      return [
        ...(isCut(phase.answer) ? [CUT] : phase.answer.status === 'interrupted' ? [STOPPED] : []),
        ...(note ? [`-# ${note}`] : []),
        ...toSourceLines(text, sources),
        ...(phase.notices ?? []).map((notice) => `-# ${notice}`),
      ];
  }
}

/** Puts a line under the last message, or under a new one where it does not fit. */
function append(contents: string[], line: string): void {
  const last = contents.at(-1);
  const together = last === undefined ? line : `${last}\n${line}`;
  if (last !== undefined && together.length <= MESSAGE_LIMIT) contents.splice(-1, 1, together);
  else contents.push(line.slice(0, MESSAGE_LIMIT));
}

function toButtons({ turnId, phase, canOpenThread }: AnswerView): MessageBody['components'] {
  switch (phase.kind) {
    case 'writing':
      return writingButtons(turnId);
    case 'failed':
      return failedButtons(turnId);
    case 'done':
      return answerButtons({ turnId, messageId: phase.answer.id, canOpenThread, isCut: isCut(phase.answer) });
  }
}
