import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A certificate authority of our own, and what it signs. */
export function createAuthority() {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-ca-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl(...'req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Authority'.split(' '));
  return {
    folder,
    ca: path.join(folder, 'ca.pem'),
    issue(name: string, { subject, names, days = 2 }: { subject: string; names?: string; days?: number }) {
      openssl(
        'req',
        '-new',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/CN=${subject}`,
        ...(names ? ['-addext', `subjectAltName=${names}`] : []),
      );
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-out',
        `${name}.pem`,
        '-days',
        String(days),
        '-copy_extensions',
        'copy',
      );
      const [cert, key] = [path.join(folder, `${name}.pem`), path.join(folder, `${name}.key`)];
      return { cert, key, certText: readFileSync(cert, 'utf8'), keyText: readFileSync(key, 'utf8') };
    },
  };
}
