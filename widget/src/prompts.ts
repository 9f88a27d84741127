/**
 * Reads suggested questions from an attribute: a JSON list, or questions separated by `|`. A framework that meets the
 * element before its script is there writes its list as JavaScript does, with commas and no space after them.
 */
export function toPrompts(value: string | null): string[] {
  if (!value) return [];
  if (!value.trim().startsWith('['))
    return value.split(/\||(?<=[^\d\s]),(?=[^\d\s])/).flatMap((prompt) => prompt.trim() || []);
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}
