import { expect, it } from 'vitest';
import { detectLanguage } from '../../../core/knowledge/detect-language.ts';
import languages from '../../fixtures/languages.json' with { type: 'json' };

const prose = (text: string) => [{ type: 'prose', text }] as const;

it.each(languages)('knows a passage in $language', async ({ language, passage }) => {
  expect(await detectLanguage([...prose(passage)])).toBe(language);
});

it('knows nearly all languages by one short question', async () => {
  const asked = languages.flatMap(({ language, question }) => (question ? [{ language, question }] : []));

  const known = await Promise.all(asked.map(({ question }) => detectLanguage([...prose(question)])));

  const missed = asked.filter(({ language }, at) => known[at] !== language).map(({ language }) => language);
  // Written alike: "Hvordan bytter jeg batteriet?" is a sentence of both languages but for one letter.
  expect(missed).toEqual(['no']);
});

it('knows a text by most of it, not by how it begins', async () => {
  const swedish = 'Kör ett kommando och öppna sedan sidan i din webbläsare för att komma igång. '.repeat(8);

  expect(await detectLanguage([...prose('Parley Quick Start Guide for Administrators'), ...prose(swedish)])).toBe('sv');
});

it('looks past code and addresses', async () => {
  const code = {
    type: 'code',
    text: `\`\`\`\n${'return the value of this function and call it\n'.repeat(20)}\`\`\``,
  } as const;
  const german = prose(
    'Die Einrichtung ist einfach: https://example.com/the/page/that/is/in/english und dann nichts mehr.',
  );

  expect(await detectLanguage([code, ...german])).toBe('de');
});

it('takes what is too short to tell for English', async () => {
  expect(await detectLanguage([...prose('OPENAI_API_KEY')])).toBe('en');
});

it('is not misled by the names and terms that documentation is full of', async () => {
  const text =
    'Discord API OAuth scopes bot applications.commands guild webhook. You can ask it in a channel, and the answer is in the thread.';

  expect(await detectLanguage([...prose(text)])).toBe('en');
});

it('never takes Latin letters for a language that is written otherwise', async () => {
  expect(
    await detectLanguage([...prose('Parley OAuth Qdrant PostgreSQL Twitch Helix EventSub Slack Bolt SDK Ollama')]),
  ).not.toBe('hi');
});
