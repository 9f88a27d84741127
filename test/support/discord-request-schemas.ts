import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

const described = JSON.parse(readFileSync(new URL('../fixtures/discord-requests.json', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ strict: false, allErrors: false });
ajv.addSchema({ $id: 'discord', ...described });
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with a request's body by Discord's own description of that route; null when nothing is. */
export function findSchemaError(method: string, route: string, body: unknown): string | null {
  const name = `${method} ${route}`;
  if (described.requests[name] === undefined) return null;
  const pointer = name.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
  const schema = { $ref: `discord#/requests/${pointer.replaceAll(' ', '%20')}` };
  const validate = compiled.get(name) ?? ajv.compile(schema);
  compiled.set(name, validate);
  return validate(body) ? null : `${name}: ${ajv.errorsText(validate.errors)}`;
}
