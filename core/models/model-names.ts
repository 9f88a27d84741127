import { AppError } from '../errors.ts';
import { AUTO } from '../routing/fixed-model.ts';
import type { OfferedModels } from './offered-models.ts';

/** A router lists hundreds; the sentence is also said in chat. */
const MOST_NAMED = 12;

/** A model by what somebody typed: the name it has here. @throws AppError `model_unknown`, naming those there are */
export type FindModelName = (typed: string) => Promise<string>;

interface ModelNamesOptions {
  offered: Pick<OfferedModels, 'list'>;
  /** The operator's, which is asked by its name even where its server lists nothing. */
  usualModel: string;
  /** Whether the operator's server lists a model that is in no table, and anybody may have it. */
  isAtServer(name: string): Promise<boolean>;
}

/**
 * What can be chosen for a person or a place: `auto`, what is offered, and what the operator has named. Nothing else is
 * taken on trust, where a server lists nothing either: a name with a slip in it would fail at each question instead.
 */
export function createModelNames({ offered, usualModel, isAtServer }: ModelNamesOptions): FindModelName {
  return async (typed) => {
    const names = [...new Set([AUTO, usualModel, ...(await offered.list()).map(({ id }) => id)])];
    const found = names.find((name) => name === typed) ?? names.find((name) => isAlike(name, typed));
    if (found !== undefined) return found;
    if (await isAtServer(typed)) return typed;
    throw new AppError('model_unknown', `There is no model of that name. ${sayChoice(names, typed)}`, {
      field: 'model',
    });
  };
}

function isAlike(name: string, typed: string): boolean {
  return name.toLowerCase() === typed.toLowerCase();
}

/** Those first that share a word with what was typed, where there are too many to name. */
function sayChoice(names: string[], typed: string): string {
  if (names.length <= MOST_NAMED) return `Choose one of these: ${names.join(', ')}.`;
  const words = wordsOf(typed);
  const shared = (name: string) => wordsOf(name).filter((word) => words.includes(word)).length;
  const named = names.toSorted((a, b) => shared(b) - shared(a)).slice(0, MOST_NAMED);
  return `Choose one of these: ${named.join(', ')}, or one of ${names.length - MOST_NAMED} others.`;
}

function wordsOf(name: string): string[] {
  return name.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
}
