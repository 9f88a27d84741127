import type { Wallets } from '../../core/wallet/wallets.ts';
import { endpoint } from '../endpoint.ts';
import { pageQuery, pageShape, toPageShape } from '../shapes/page.ts';
import { ledgerEntryShape, toLedgerEntryShape, toWalletShape, walletShape } from '../shapes/wallet.ts';

const tag = 'Wallet';

export function createWalletEndpoints({ wallets }: { wallets: Pick<Wallets, 'open' | 'listLedger'> }) {
  return {
    get: endpoint({
      summary: 'My balance',
      tag,
      responses: { 200: { description: 'The wallet.', content: { 'application/json': { schema: walletShape } } } },
      async handle({ grant }) {
        return { status: 200, body: toWalletShape(await wallets.open(grant.userId)) };
      },
    }),

    ledger: endpoint({
      summary: 'What moved my balance, newest first',
      tag,
      query: pageQuery,
      responses: {
        200: { description: 'One page.', content: { 'application/json': { schema: pageShape(ledgerEntryShape) } } },
      },
      async handle({ grant, query }) {
        const page = await wallets.listLedger({ userId: grant.userId, ...query });
        return { status: 200, body: toPageShape(page, toLedgerEntryShape) };
      },
    }),
  };
}
