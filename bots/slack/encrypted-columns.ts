import type { EncryptedColumn } from '../../core/encryption/encrypted-column.ts';

/** What a workspace's installation is bound to. */
export function installationOf(id: string): string {
  return `slack_installations:${id}`;
}

/** What a question that Slack delivered is bound to. */
export function requestOf(id: string): string {
  return `slack_requests:${id}`;
}

/** Where the Slack bot keeps something encrypted. */
export const slackColumns: EncryptedColumn[] = [
  {
    table: 'slack_installations',
    idColumn: 'id',
    column: 'installation',
    belongsTo: (row) => installationOf(row.id ?? ''),
  },
  { table: 'slack_requests', idColumn: 'id', column: 'request', belongsTo: (row) => requestOf(row.id ?? '') },
];
