/**
 * An `authorization` header for a client with its secret. Both are form-encoded as the standard has it, but for the
 * signs `-_.~`: many servers forget to decode, and these are all that is in most secrets besides letters and digits.
 */
export function toBasicCredentials(clientId: string, clientSecret: string): string {
  const pair = [clientId, clientSecret].map(encodeURIComponent).join(':');
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
