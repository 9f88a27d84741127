const MOST_TEXTS = 500;

/**
 * Keeps what was worked out of the texts that were asked about last, the longest unasked forgotten first: the same
 * passages and messages come up again and again.
 */
export function rememberTexts<T>(workOut: (text: string) => T, { most = MOST_TEXTS } = {}): (text: string) => T {
  const known = new Map<string, { result: T }>();
  return (text) => {
    const entry = known.get(text) ?? { result: workOut(text) };
    known.delete(text);
    known.set(text, entry);
    const [oldest] = known.size > most ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    return entry.result;
  };
}
