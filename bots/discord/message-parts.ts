import { ComponentType } from 'discord.js';

/** Whatever Discord shows in a message beside its text, as its API describes it; compatible servers leave fields out. */
type Part = Record<string, unknown>;

const DEEPEST = 6;
const MOST = 50;

/** All that is written on an embed: of a bot, or the preview of a link. */
export function embedText(embed: unknown): string {
  const { title, description, author, fields, footer } = asPart(embed);
  return lines([
    asText(asPart(author).name),
    asText(title),
    asText(description),
    ...asParts(fields).map(({ name, value }) => [asText(name), asText(value)].filter(Boolean).join(': ')),
    asText(asPart(footer).text),
  ]);
}

/** What a poll asks, what can be answered and, once Discord has counted, how often it was. */
export function pollText(poll: unknown): string {
  const { question, answers, results } = asPart(poll);
  const counts = new Map(asParts(asPart(results).answer_counts).map(({ id, count }) => [id, Number(count)]));
  const asked = asText(asPart(question).text);
  if (asked === '') return '';
  const options = asParts(answers).map(({ answer_id, poll_media }) => {
    const votes = counts.get(answer_id);
    const { text, emoji } = asPart(poll_media);
    const label = [asText(asPart(emoji).name), asText(text)].filter(Boolean).join(' ');
    return `- ${label}${votes === undefined ? '' : ` (${votes} ${votes === 1 ? 'vote' : 'votes'})`}`;
  });
  return lines([`Poll: ${asked}`, ...options]);
}

/** The text in components, in their order: of sections, containers and whatever else nests, and what media are about. */
export function componentsText(components: unknown, depth = 0): string {
  if (depth > DEEPEST) return '';
  return lines(asParts(components).map((component) => componentText(component, depth)));
}

function componentText(component: Part, depth: number): string {
  switch (component.type) {
    case ComponentType.TextDisplay:
      return asText(component.content);
    case ComponentType.MediaGallery:
      return lines(asParts(component.items).map(({ description }) => asText(description)));
    case ComponentType.Thumbnail:
      return asText(component.description);
    case ComponentType.File:
      return asText(component.name) && `[file: ${asText(component.name)}]`;
    case ComponentType.ActionRow:
      // Buttons and menus are to be used, not read.
      return '';
    default:
      return lines([componentsText(component.components, depth + 1), componentsText([component.accessory], depth + 1)]);
  }
}

function asPart(value: unknown): Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Part) : {};
}

function asParts(value: unknown): Part[] {
  return Array.isArray(value) ? value.slice(0, MOST).map(asPart) : [];
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function lines(parts: string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}
