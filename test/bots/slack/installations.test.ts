import { describe, expect, it } from 'vitest';
import { createScriptedModel } from '../../support/scripted-model.ts';
import { createTestSlack } from '../../support/test-slack.ts';

const many = { botToken: undefined, clientId: '1.2', clientSecret: 'client secret' };

/** Goes through an installation as a browser does. */
async function install(publicUrl: string, code: string): Promise<Response> {
  const start = await fetch(`${publicUrl}/slack/install`, { redirect: 'manual' });
  const authorize = new URL(start.headers.get('location') ?? '');
  const cookie = start.headers.get('set-cookie')?.split(';')[0] ?? '';
  const state = authorize.searchParams.get('state');
  return fetch(`${publicUrl}/slack/oauth_redirect?code=${code}&state=${state}`, { headers: { cookie } });
}

describe('many workspaces', () => {
  it('install by OAuth, and each is answered with its own token', async () => {
    await using t = await createTestSlack({
      mode: 'http',
      settings: many,
      model: createScriptedModel({ reply: () => 'Welcome.' }),
    });

    expect((await install(t.publicUrl, 'acme')).status).toBe(200);
    expect((await install(t.publicUrl, 'umbrella')).status).toBe(200);
    for (const team of ['T-acme', 'T-umbrella']) await t.slack.command('hello', { team });
    await t.slack.until(() => t.slack.replies.filter(({ shown }) => shown === 'Welcome.').length === 2);

    const tokens = new Set(t.slack.callsOf('users.info').map(({ token }) => token));
    expect(tokens).toEqual(new Set(['xoxb-acme', 'xoxb-umbrella']));
    expect(t.slack.violations).toEqual([]);
  });

  it('have their tokens encrypted at rest', async () => {
    await using t = await createTestSlack({ mode: 'http', settings: many });

    await install(t.publicUrl, 'acme');

    const rows = await t.db('slack_installations').select('*');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('xoxb-');
  });

  it('cannot be installed with a state that was not given to that browser', async () => {
    await using t = await createTestSlack({ mode: 'http', settings: many });
    const start = await fetch(`${t.publicUrl}/slack/install`, { redirect: 'manual' });
    const state = new URL(start.headers.get('location') ?? '').searchParams.get('state');

    const response = await fetch(`${t.publicUrl}/slack/oauth_redirect?code=acme&state=${state}`);

    expect(response.status).not.toBe(200);
    expect(await t.db('slack_installations').select('id')).toEqual([]);
  });

  it('that remove the app are forgotten', async () => {
    await using t = await createTestSlack({ mode: 'http', settings: many });
    await install(t.publicUrl, 'acme');

    await t.slack.event({ type: 'app_uninstalled' }, 'T-acme');

    expect(await t.db('slack_installations').select('id')).toEqual([]);
  });
});

it('what people asked is encrypted until it is answered, and gone afterwards', async () => {
  await using t = await createTestSlack();

  await t.slack.say('a very private question');
  const call = await t.model.call(0);
  const before = await t.db('slack_requests').first();
  call.say('Yes.');
  call.finish();
  await expect.poll(async () => (await t.db('slack_requests').first()).done_at).not.toBeNull();

  expect(JSON.stringify(before)).not.toContain('private');
  expect((await t.db('slack_requests').first()).request).toBeNull();
});
