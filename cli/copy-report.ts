import type { LoadReport } from '../core/database-copy/load-snapshot.ts';

/** What there is to say about a copy beside its size: the books, and what needs somebody. */
export function describeCopy({
  ledgerProblems,
  leftOut,
  unreadable,
}: LoadReport & { unreadable: string | null }): string[] {
  return [
    ledgerProblems.length === 0
      ? 'The books add up: each balance is the sum of its entries.'
      : `The books do not add up, and did not before: ${ledgerProblems.map(({ what, id }) => `${what} (${id})`).join(', ')}.`,
    ...(leftOut.length > 0 ? [`Not copied, because they are not Parley's tables: ${leftOut.join(', ')}.`] : []),
    ...(unreadable
      ? [`Some secrets cannot be read: ${unreadable} Add the key they were encrypted with to ENCRYPTION_KEYS.`]
      : []),
  ];
}
