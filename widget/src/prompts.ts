/** Reads suggested questions from an attribute: a JSON list, or questions separated by `|`. */
export function toPrompts(value: string | null): string[] {
  if (!value) return [];
  if (!value.trim().startsWith('[')) return value.split('|').flatMap((prompt) => prompt.trim() || []);
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}
