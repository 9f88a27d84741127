import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { costMicros } from '../core/models/cost.ts';
import { parseCatalogue } from '../core/models/parse-catalogue.ts';
import type { CatalogueModel } from '../core/ports/catalogue-model.ts';
import { chooseModel } from '../core/routing/choose-model.ts';
import { predictNeed } from '../core/routing/quality-need.ts';
import { mean } from './eval-metrics.ts';
import { fitNeed } from './fit-need.ts';
import { type LabelledQuestion, readLabelledQuestions } from './router-questions.ts';

interface Strategy {
  name: string;
  choose(question: LabelledQuestion): CatalogueModel;
}

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    /** Only models of these settings, as if no other were set. */
    servers: { type: 'string', default: 'OPENAI_BASE_URL' },
    fit: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const questions = await readLabelledQuestions();

if (values.fit) {
  console.log(fitNeed(questions.filter(({ split }) => split === 'fit')));
  process.exit(0);
}

const today = new Date().toISOString().slice(0, 10);
const file = values.models ?? new URL('../models.csv', import.meta.url);
const models = parseCatalogue(await readFile(file, 'utf8')).filter(
  ({ server, price, retiresOn }) =>
    price !== null && values.servers.split(',').includes(server) && (retiresOn ?? '9999') > today,
);

const strategies: Strategy[] = [
  { name: 'auto', choose: route },
  { name: 'always the best', choose: () => pick((a, b) => b.quality - a.quality) },
  { name: 'always the cheapest', choose: (question) => pick((a, b) => costOf(a, question) - costOf(b, question)) },
  { name: 'the cheapest good enough, if known', choose: chooseWithLabel },
  ...models.map((model) => ({ name: model.id, choose: () => model })),
];

for (const split of ['fit', 'held_out'] as const) {
  const asked = questions.filter((question) => question.split === split);
  const best = total(strategies[1] as Strategy, asked);
  const rows = strategies.map((strategy) => ({
    strategy: strategy.name,
    well_enough: mean(asked.map((question) => Number(strategy.choose(question).quality >= question.needed))),
    missing_points: mean(asked.map((question) => Math.max(0, question.needed - strategy.choose(question).quality))),
    dollars_per_1000: (total(strategy, asked) / asked.length) * 1000,
    of_always_best: total(strategy, asked) / best,
  }));
  const errors = asked.map(({ features, needed }) => needed - predictNeed(features).need);
  if (values.json) console.log(JSON.stringify({ split, questions: asked.length, rows }));
  else show(split, asked.length, rows, errors);
}

function route({ features, inputTokens, outputTokens, images }: LabelledQuestion): CatalogueModel {
  const call = { inputTokens, outputTokens, hasImages: images > 0 };
  const first = chooseModel({ models, needed: predictNeed(features), call })?.chain[0];
  if (!first) throw new Error('no model is left to choose from');
  return first;
}

/** What the best of routers would do: it knows the label. */
function chooseWithLabel(question: LabelledQuestion): CatalogueModel {
  const good = models.filter(({ quality }) => quality >= question.needed);
  const offered = good.length > 0 ? good : models;
  const order = good.length > 0 ? costOf : ({ quality }: CatalogueModel) => -quality;
  return pick((a, b) => order(a, question) - order(b, question), offered);
}

function pick(order: (a: CatalogueModel, b: CatalogueModel) => number, offered = models): CatalogueModel {
  const [first] = offered.toSorted(order);
  if (!first) throw new Error('no model is left to choose from');
  return first;
}

/** In dollars. */
function costOf({ price }: CatalogueModel, { inputTokens, outputTokens }: LabelledQuestion): number {
  return price ? costMicros({ usage: { inputTokens, outputTokens }, price }) / 1_000_000 : 0;
}

function total(strategy: Strategy, asked: LabelledQuestion[]): number {
  return asked.reduce((sum, question) => sum + costOf(strategy.choose(question), question), 0);
}

interface Row {
  strategy: string;
  well_enough: number;
  missing_points: number;
  dollars_per_1000: number;
  of_always_best: number;
}

function show(split: string, count: number, rows: Row[], errors: number[]): void {
  const spread = Math.sqrt(mean(errors.map((error) => (error - mean(errors)) ** 2)));
  const covered = mean(errors.map((error) => Number(error <= 0)));
  console.log(`\n${split}: ${count} questions; the prediction is off by ${spread.toFixed(1)} points (one standard`);
  console.log(`deviation) and, with its margin, high enough for ${percent(covered)}`);
  console.log(`${''.padEnd(36)} well enough   points missing   $ per 1,000   of always the best`);
  for (const row of rows) {
    const cells = [
      percent(row.well_enough).padStart(11),
      row.missing_points.toFixed(2).padStart(16),
      row.dollars_per_1000.toFixed(3).padStart(13),
      percent(row.of_always_best).padStart(20),
    ];
    console.log(`${row.strategy.padEnd(36)} ${cells.join(' ')}`);
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
