import type { Installation, InstallationQuery, InstallationStore } from '@slack/bolt';
import type { Knex } from 'knex';
import type { Encryption } from '../../core/encryption/encryption.ts';
import { AppError } from '../../core/errors.ts';
import { installationOf } from './encrypted-columns.ts';

type Key = Pick<InstallationQuery<boolean>, 'teamId' | 'enterpriseId' | 'isEnterpriseInstall'>;

/** Which workspaces have installed the app, and their tokens, encrypted. */
export function createInstallations({ db, encryption }: { db: Knex; encryption: Encryption }): InstallationStore {
  return {
    async storeInstallation(installation) {
      const id = installation.isEnterpriseInstall ? installation.enterprise?.id : installation.team?.id;
      if (!id) throw new AppError('invalid_request', 'Slack did not say which workspace this is.');
      const encrypted = encryption.encrypt(JSON.stringify(installation), installationOf(id));
      await db('slack_installations')
        .insert({ id, installation: encrypted })
        .onConflict('id')
        .merge({ installation: encrypted, updated_at: db.fn.now() });
    },

    async fetchInstallation(query) {
      const id = toId(query);
      const row = await db('slack_installations').where({ id }).first('installation');
      if (!row) throw new AppError('not_found', 'This Slack workspace has not installed the app.');
      const text = encryption.decrypt(row.installation, installationOf(id));
      if (encryption.isOutdated(row.installation)) {
        // Only if nobody has stored a newer one meanwhile.
        await db('slack_installations')
          .where({ id, installation: row.installation })
          .update({ installation: encryption.encrypt(text, installationOf(id)) });
      }
      return JSON.parse(text) as Installation<'v2', false>;
    },

    async deleteInstallation(query) {
      await db('slack_installations')
        .where({ id: toId(query) })
        .delete();
    },
  };
}

function toId({ teamId, enterpriseId, isEnterpriseInstall }: Key): string {
  return (isEnterpriseInstall ? enterpriseId : teamId) ?? '';
}
