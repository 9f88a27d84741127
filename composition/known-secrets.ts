import type { Config } from '../config.ts';
import { secretsInAddress } from '../core/db/database-address.ts';
import { secretForms } from '../core/encryption/secret-forms.ts';

/** Of a shorter one the characters are found everywhere, and a log without them would say nothing. */
const SHORTEST = 8;
/** Of those that are read from the database: whoever is read again counts as new. */
const MOST_STORED = 500;
const CENSOR = '[redacted]';

/** Of what is stored together with what is none, such as the name of its owner. */
const SECRET_FIELD = /token|secret|password|key|url/i;
const SECRET_SETTING = /_(?:KEYS?|TOKEN|SECRET)$/;

export type KnownSecrets = ReturnType<typeof createKnownSecrets>;

/**
 * The secrets this process has seen, by value: whatever repeats one of them, such as the answer of a server that was
 * given it, goes to the log without it.
 */
export function createKnownSecrets(config: Partial<Config> = {}) {
  const forms = new Map<string, readonly string[]>();
  const stored = new Map<string, readonly string[]>();
  for (const secret of secretsOf(config)) keep(secret);

  function keep(secret: string): void {
    if (secret.length >= SHORTEST) forms.set(secret, secretForms(secret));
  }

  function rememberOne(secret: string): void {
    if (secret.length < SHORTEST) return;
    const known = stored.get(secret) ?? secretForms(secret);
    stored.delete(secret);
    stored.set(secret, known);
    const [oldest] = stored.keys();
    if (stored.size > MOST_STORED && oldest !== undefined) stored.delete(oldest);
  }

  return {
    /** One that this process has as long as it runs. */
    keep,

    /** What was read from the database, or is about to go there: a secret, or an object in JSON that has some. */
    remember(plaintext: string): void {
      for (const secret of secretsIn(plaintext)) rememberOne(secret);
    },

    hide(text: string): string {
      let hidden = text;
      for (const known of [forms, stored]) {
        for (const all of known.values()) {
          for (const form of all) if (hidden.includes(form)) hidden = hidden.replaceAll(form, CENSOR);
        }
      }
      return hidden;
    },
  };
}

function secretsIn(plaintext: string): string[] {
  if (!plaintext.startsWith('{')) return [plaintext];
  const found: string[] = [];
  try {
    JSON.parse(plaintext, (field, value: unknown) => {
      if (typeof value === 'string' && SECRET_FIELD.test(field)) found.push(value);
      return value;
    });
  } catch {
    return [plaintext];
  }
  return found;
}

function* secretsOf(config: Partial<Config>): Iterable<string> {
  for (const [name, value] of Object.entries(config)) {
    const texts = (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
    if (SECRET_SETTING.test(name)) yield* texts.map((text) => text.replace(/^oauth:/, ''));
    else if (name.endsWith('_URL')) yield* texts.flatMap((text) => [...passwordIn(text), ...secretsInAddress(text)]);
  }
}

function passwordIn(address: string): string[] {
  if (!URL.canParse(address)) return [];
  const { password } = new URL(address);
  return password === '' ? [] : [password, decode(password)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
