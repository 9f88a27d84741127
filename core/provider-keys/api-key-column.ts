import type { EncryptedColumn } from '../encryption/encrypted-column.ts';

/** What an encrypted key is bound to: it can be read neither as another row's nor for another server. */
export function apiKeyOf({ id, baseUrl }: { id: string; baseUrl: string }): string {
  return `provider_keys.api_key ${id} ${baseUrl}`;
}

/** Where people's own keys are. */
export const apiKeyColumn: EncryptedColumn = {
  table: 'provider_keys',
  idColumn: 'id',
  column: 'api_key',
  keyIdColumn: 'key_id',
  readColumns: ['base_url'],
  belongsTo: (row) => apiKeyOf({ id: row.id ?? '', baseUrl: row.base_url ?? '' }),
};
