import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright';

const systemPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Starts a real Chromium: the one in CHROME_BIN, else the system's, else the one that comes with npm and runs on a
 * machine without any browser libraries.
 */
export async function launchBrowser(): Promise<Browser & AsyncDisposable> {
  const executablePath =
    process.env.CHROME_BIN ?? systemPaths.find((path) => existsSync(path)) ?? (await unpackChromium());
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

async function unpackChromium(): Promise<string> {
  // Makes the package unpack the libraries (NSS) that bare machines lack; it looks at this when it is loaded.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs24.x';
  const { default: sparticuz } = await import('@sparticuz/chromium');
  return sparticuz.executablePath();
}
