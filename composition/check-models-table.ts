import type { CheckResult } from '../cli/command-line.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Models } from './create-models.ts';

/** So long before a provider ends a model, there is time to look for another one. */
const WARNING_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Whether the table of models can be used, and what of it soon cannot.
 * @throws AppError `models_file_unusable`, naming rows and columns
 */
export async function checkModelsTable(
  { catalogue, offered }: Pick<Models, 'catalogue' | 'offered'>,
  clock: Clock,
): Promise<CheckResult> {
  const { models } = await catalogue.read();
  const usable = await offered.list();
  const detail = `${models.length} models, ${usable.length} of them set up here.`;
  const soon = new Date(clock.now().getTime() + WARNING_DAYS * DAY_MS).toISOString().slice(0, 10);
  const ending = usable.filter(({ retiresOn }) => retiresOn !== null && retiresOn <= soon);
  const silent = await offered.silentServers();
  if (silent.length > 0 && ending.length === 0) {
    return {
      state: 'warning',
      detail: `${detail} The server at ${silent.join(' and ')} does not list its models, so the table is believed.`,
      fix: 'Name one that is there in CHAT_MODEL, or leave those out of MODELS_FILE that are not.',
    };
  }
  if (ending.length === 0) return { state: 'ok', detail };
  const named = ending.map(({ id, retiresOn }) => `${id} on ${retiresOn}`).join(', ');
  return {
    state: 'warning',
    detail: `${detail} Their provider ends ${named}.`,
    fix: 'Choose other models where these are fixed; auto leaves them out by itself from that day.',
  };
}
