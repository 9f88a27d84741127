import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import type { Browser } from 'playwright';
import { createPageFiles } from '../server/routes/page-files.ts';
import { launchBrowser } from '../test/support/browser.ts';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const ROUNDS = 7;

/** As Lighthouse simulates them: https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md */
const PHONES = [
  { phone: 'slow 4G', latency: 150, kbps: 1638, cpu: 4 },
  { phone: 'slow 3G', latency: 400, kbps: 400, cpu: 4 },
];

const page = (body: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A page</title><h1>A page</h1><p>With some words.</p>${body}`;

const WIDGET_PAGE = page('<script src="/widget.js" defer></script><parley-chat mode="inline"></parley-chat>');
const BOX_PAGE = page('<script src="/box.js" defer></script><text-box></text-box>');

/** The least that lets somebody type and send: no styles, no history, nothing shown of an answer. */
const BOX_SCRIPT = `customElements.define('text-box', class extends HTMLElement {
  connectedCallback() {
    const form = document.createElement('form');
    const text = document.createElement('textarea');
    const send = document.createElement('button');
    send.textContent = 'Send';
    form.append(text, send);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      fetch('/api/messages', { method: 'POST', body: JSON.stringify({ text: text.value }) });
    });
    this.append(form);
  }
});`;

/** From the start of the navigation, nothing cached, until somebody can type: the widget against a text box by hand. */
export async function benchWidget() {
  const app = express();
  app.get('/widget.html', (_req, res) => void res.type('html').send(WIDGET_PAGE));
  app.get('/box.html', (_req, res) => void res.type('html').send(BOX_PAGE));
  app.get('/box.js', (_req, res) => void res.type('js').send(BOX_SCRIPT));
  app.get('/widget.js', createPageFiles({ distDir: path.resolve(DIST) }).widget);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using browser = await launchBrowser();
  try {
    const rows = [];
    for (const { phone, ...conditions } of PHONES) {
      const box: number[] = [];
      const widget: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        box.push(await timeToText(browser, `${origin}/box.html`, conditions));
        widget.push(await timeToText(browser, `${origin}/widget.html`, conditions));
      }
      const [boxMs, widgetMs] = [median(box), median(widget)];
      rows.push({ phone, text_box_ms: boxMs, widget_ms: widgetMs, ratio: Number((widgetMs / boxMs).toFixed(2)) });
    }
    return rows;
  } finally {
    server.close();
  }
}

async function timeToText(browser: Browser, url: string, conditions: { latency: number; kbps: number; cpu: number }) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  try {
    const tab = await context.newPage();
    const devTools = await context.newCDPSession(tab);
    await devTools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: conditions.latency,
      downloadThroughput: (conditions.kbps * 1024) / 8,
      uploadThroughput: (conditions.kbps * 1024) / 8,
    });
    await devTools.send('Emulation.setCPUThrottlingRate', { rate: conditions.cpu });
    const startedAt = performance.now();
    await tab.goto(url, { waitUntil: 'commit' });
    await tab.getByRole('textbox').waitFor();
    return performance.now() - startedAt;
  } finally {
    await context.close();
  }
}

function median(values: number[]): number {
  return Math.round([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}
