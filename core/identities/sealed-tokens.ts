import type { EncryptedColumn } from '../encryption/encrypted-column.ts';
import type { Encryption } from '../encryption/encryption.ts';
import type { ProviderTokens } from '../ports/sign-in-provider.ts';

function belongsTo(identityId: string): string {
  return `identities.tokens ${identityId}`;
}

/** Where they are. */
export const tokensColumn: EncryptedColumn = {
  table: 'identities',
  idColumn: 'id',
  column: 'tokens',
  belongsTo: (row) => belongsTo(row.id ?? ''),
};

/** Provider tokens as `identities.tokens` keeps them: encrypted, and bound to their row. */
export function createTokenSeal(encryption: Encryption) {
  return {
    seal: (identityId: string, tokens: ProviderTokens): string =>
      encryption.encrypt(JSON.stringify(tokens), belongsTo(identityId)),

    /** @throws AppError `unreadable_secret` */
    open(identityId: string, sealed: string): ProviderTokens {
      const tokens = JSON.parse(encryption.decrypt(sealed, belongsTo(identityId))) as ProviderTokens;
      // Those kept before scopes were kept with them.
      return { ...tokens, scopes: tokens.scopes ?? [] };
    },
  };
}
