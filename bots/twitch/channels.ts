import type { Knex } from 'knex';

export type Channels = ReturnType<typeof createChannels>;

/**
 * Where the bot talks: in its own channel always, in those of the settings, and in those whose broadcasters let it join
 * from the chat. One who made it leave is not joined again, whatever the settings say.
 */
export function createChannels({ db, own, configured }: { db: Knex; own: string; configured: readonly string[] }) {
  async function set(login: string, isJoined: boolean): Promise<void> {
    const row = { is_joined: isJoined, updated_at: db.fn.now() };
    await db('twitch_channels')
      .insert({ login, ...row })
      .onConflict('login')
      .merge(row);
  }

  return {
    async list(): Promise<string[]> {
      const rows = await db('twitch_channels').select('login', 'is_joined').orderBy('login');
      const left = new Set(rows.filter((row) => !row.is_joined).map((row) => row.login));
      const joined = rows.filter((row) => row.is_joined).map((row) => row.login);
      return [own, ...new Set([...configured, ...joined].filter((login) => login !== own && !left.has(login)))];
    },

    join: (login: string) => set(login, true),
    leave: (login: string) => set(login, false),
  };
}
