import { DiscordAPIError, type REST, type RESTPutAPIApplicationCommandsJSONBody, Routes } from 'discord.js';

/**
 * Registers the commands for all servers when they differ from what Discord has.
 * @returns whether they did
 */
export async function registerCommands(options: {
  rest: REST;
  applicationId: string;
  commands: RESTPutAPIApplicationCommandsJSONBody;
}): Promise<boolean> {
  const route = Routes.applicationCommands(options.applicationId);
  const registered = await options.rest.get(route).catch((error) => {
    // Not told which there are, it registers them all the same.
    if (error instanceof DiscordAPIError) return null;
    throw error;
  });
  if (isSameList(options.commands, registered)) return false;
  await options.rest.put(route, { body: options.commands });
  return true;
}

/** Discord sorts the commands as it likes; a name is unique among those of its type. */
function isSameList(wanted: readonly object[], registered: unknown): boolean {
  if (!Array.isArray(registered) || registered.length !== wanted.length) return false;
  const sorted = (list: readonly object[]) =>
    list
      .map((command) => command as { type?: number; name: string })
      .toSorted((a, b) => (a.type ?? 1) - (b.type ?? 1) || a.name.localeCompare(b.name));
  return contains(sorted(registered), sorted(wanted));
}

/** Keys that a command may have and that Discord leaves out, or fills in, when they say nothing. */
const COMPARED = [
  'type',
  'name',
  'description',
  'options',
  'required',
  'autocomplete',
  'max_length',
  'channel_types',
  'integration_types',
  'contexts',
  'default_member_permissions',
] as const;

function contains(registered: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted) && Array.isArray(registered)) {
    return wanted.length === registered.length && wanted.every((item, index) => contains(registered[index], item));
  }
  if (isRecord(wanted) && isRecord(registered)) {
    return COMPARED.every((key) => contains(withoutNothing(registered[key]), withoutNothing(wanted[key])));
  }
  return registered === wanted;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutNothing(value: unknown): unknown {
  const saysNothing = value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0);
  return saysNothing ? undefined : value;
}
