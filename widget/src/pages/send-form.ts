import { toChatError } from '../chat-error.ts';

export type Field = 'username' | 'email' | 'password';

/** What is wrong, by field; `form` for what concerns no single one. */
export type Problems = Partial<Record<Field | 'form', string>>;

/** Sends a form of ours as a browser without scripts would, and tells where to go on or what was refused. */
export async function sendForm(
  action: string,
  form: HTMLFormElement,
): Promise<{ next: string } | { problems: Problems }> {
  const fields = new FormData(form) as unknown as Iterable<[string, string]>;
  const values = new URLSearchParams([...fields]);
  const missing = findMissing(values);
  if (missing) return { problems: missing };
  try {
    const response = await fetch(action, { method: 'POST', body: values, headers: { accept: 'application/json' } });
    if (response.ok) return await response.json();
    return { problems: toProblems((await toChatError(response)).message) };
  } catch {
    return { problems: { form: 'The server cannot be reached. Please try again in a moment.' } };
  }
}

function findMissing(values: URLSearchParams): Problems | null {
  const username = values.get('username')?.trim() ? undefined : 'Please give a username.';
  const password = values.get('password') ? undefined : 'Please give a password.';
  return username || password ? { username, password } : null;
}

/** The server's sentences begin with the name of the field that is wrong. */
function toProblems(message: string): Problems {
  const field = /^(username|email|password) /.exec(message)?.[1] as Field | undefined;
  if (field) return { [field]: `${message[0]?.toUpperCase()}${message.slice(1)}` };
  if (message.startsWith('This username')) return { username: message };
  return { form: message || 'That did not work. Please try again in a moment.' };
}
