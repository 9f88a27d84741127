import { expect, it } from 'vitest';
import { detectLanguage } from '../../../core/knowledge/detect-language.ts';

const prose = (text: string) => [{ type: 'prose', text }] as const;

it.each([
  ['en', 'Parley is one assistant for every place a community talks. Run one command and open the page.'],
  ['de', 'Um Parley zu installieren, führen Sie einen Befehl aus und öffnen Sie danach die Seite im Browser.'],
  ['fr', 'Pour installer le logiciel, lancez une commande puis ouvrez la page dans votre navigateur.'],
  ['ru', 'Чтобы установить программу, выполните одну команду и откройте страницу в браузере.'],
  ['sv', 'Kör ett kommando och öppna sedan sidan i din webbläsare för att komma igång med programmet.'],
])('knows %s', (language, text) => {
  expect(detectLanguage([...prose(text)])).toBe(language);
});

it('looks past code and addresses', () => {
  const code = {
    type: 'code',
    text: `\`\`\`\n${'return the value of this function and call it\n'.repeat(20)}\`\`\``,
  } as const;
  const german = prose(
    'Die Einrichtung ist einfach: https://example.com/the/page/that/is/in/english und dann nichts mehr.',
  );

  expect(detectLanguage([code, ...german])).toBe('de');
});

it('takes what is too short to tell for English', () => {
  expect(detectLanguage([...prose('OPENAI_API_KEY')])).toBe('en');
});

it('is not misled by the names and terms that documentation is full of', () => {
  const text =
    'Discord API OAuth scopes bot applications.commands guild webhook. You can ask it in a channel, and the answer is in the thread.';

  expect(detectLanguage([...prose(text)])).toBe('en');
});

it('never takes Latin letters for a language that is written otherwise', () => {
  expect(
    detectLanguage([...prose('Parley OAuth Qdrant PostgreSQL Twitch Helix EventSub Slack Bolt SDK Ollama')]),
  ).not.toBe('hi');
});
