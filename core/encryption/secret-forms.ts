/**
 * The ways in which others repeat a secret that they were given: as it is, as it stands in an address or a form, and as
 * its bytes are written; each of them also as a line of JSON shows it, alone and inside other JSON.
 */
export function secretForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inAddress = encodeURIComponent(secret);
  const plain = [
    secret,
    inAddress,
    inAddress.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase()),
    inAddress.replaceAll('%20', '+'),
    encodeURIComponent(inAddress),
    // Without what fills it up at its end, which is not always there.
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
  return [...new Set(plain.flatMap((form) => [inJson(inJson(form)), inJson(form), form]))];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
