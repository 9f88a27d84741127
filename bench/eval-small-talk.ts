import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { judgeMessage, type SmallTalkCoefficients } from '../core/retrieval/small-talk.ts';
import shipped from '../core/retrieval/small-talk-coefficients.json' with { type: 'json' };
import { fitSmallTalk } from './fit-small-talk.ts';
import { type LabelledMessage, readLabelledMessages, withTalkBefore } from './small-talk-messages.ts';

const FILE = new URL('../core/retrieval/small-talk-coefficients.json', import.meta.url);
const SURE = [0.3, 0.5, 0.7, 0.9];

function measure(name: string, messages: LabelledMessage[], coefficients: SmallTalkCoefficients) {
  const judged = messages.map(({ kind, message }) => {
    const { talk, reply } = judgeMessage(message, coefficients);
    return { isTalk: kind !== 'question', likelihood: talk + reply };
  });
  return SURE.map((sure) => {
    const taken = judged.filter(({ likelihood }) => likelihood >= sure);
    const rightly = taken.filter(({ isTalk }) => isTalk).length;
    const all = judged.filter(({ isTalk }) => isTalk).length;
    const figures = { precision: (rightly / taken.length).toFixed(3), recall: (rightly / all).toFixed(3) };
    return { coefficients: name, messages: messages.length, sure, ...figures };
  });
}

const { values } = parseArgs({ options: { fit: { type: 'boolean', default: false } } });
const messages = await readLabelledMessages();
const half = (split: LabelledMessage['split']) => messages.filter((message) => message.split === split);
if (values.fit) {
  // Each name on a line of its own, so that a change shows what changed.
  const lines = Object.entries(fitSmallTalk(messages)).map(
    ([name, pair]) => `  ${JSON.stringify(name)}: [${pair.join(', ')}]`,
  );
  await writeFile(FILE, `{\n${lines.join(',\n')}\n}\n`);
  console.log(`Wrote ${lines.length} coefficients, fitted to all messages.`);
} else {
  const heldOut = [...withTalkBefore(half('held_out'), ', '), ...withTalkBefore(half('held_out'), ' ')];
  console.table([
    ...measure('of one half, on the other', heldOut, fitSmallTalk(half('fit'))),
    ...measure('as shipped, on all', messages, shipped),
  ]);
}
