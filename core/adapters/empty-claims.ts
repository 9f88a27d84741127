/** What a server says of a person without the texts that are empty: some have those where others leave the field out. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const said = Object.entries(value).filter(([, part]) => typeof part !== 'string' || part.trim() !== '');
  return Object.fromEntries(said.map(([name, part]) => [name, withoutEmpty(part)]));
}
