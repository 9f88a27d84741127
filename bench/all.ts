import { parseArgs } from 'node:util';
import { benchAnswers } from './answers.ts';
import { benchSearch } from './search.ts';
import { benchStart } from './start.ts';
import { benchV1 } from './v1.ts';
import { benchWidget } from './widget.ts';

const { values } = parseArgs({
  options: {
    answers: { type: 'string', default: '2000' },
    gateway: { type: 'string' },
    sizes: { type: 'string', default: '1000,20000' },
    json: { type: 'boolean', default: false },
  },
});

const start = await benchStart();
if (!values.json) console.table([start]);
const answers = await benchAnswers(Number(values.answers));
if (!values.json) console.table(answers);
const v1 = await benchV1(Number(values.answers), { gateway: values.gateway });
if (!values.json) console.table(v1);
const search = await benchSearch(values.sizes.split(',').map(Number));
if (!values.json) console.table(search);
const widget = await benchWidget();
if (values.json) console.log(JSON.stringify({ start, answers, v1, search, widget }));
else console.table(widget);
