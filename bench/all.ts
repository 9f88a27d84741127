import { parseArgs } from 'node:util';
import { benchAnswers } from './answers.ts';
import { benchSearch } from './search.ts';
import { benchStart } from './start.ts';
import { benchWidget } from './widget.ts';

const { values } = parseArgs({
  options: {
    answers: { type: 'string', default: '2000' },
    sizes: { type: 'string', default: '1000,20000' },
    json: { type: 'boolean', default: false },
  },
});

const start = await benchStart();
if (!values.json) console.table([start]);
const answers = await benchAnswers(Number(values.answers));
if (!values.json) console.table(answers);
const search = await benchSearch(values.sizes.split(',').map(Number));
if (!values.json) console.table(search);
const widget = await benchWidget();
if (values.json) console.log(JSON.stringify({ start, answers, search, widget }));
else console.table(widget);
