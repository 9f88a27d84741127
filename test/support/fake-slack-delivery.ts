import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { SIGNING_SECRET } from './fake-slack-workspace.ts';

const ACK_MS = 3000;
const RETRIES = 3;

interface DeliveryOptions {
  /** Where events go by HTTP; without, they go to open sockets. */
  eventsUrl: (() => string) | undefined;
  sockets: ReadonlySet<WebSocket>;
  until(condition: () => boolean): Promise<void>;
  violations: string[];
}

/** Tells the app of events, and again until it acknowledges them in time, as Slack does. */
export function createSlackDelivery({ eventsUrl, sockets, until, violations }: DeliveryOptions) {
  /** By envelope, who waits for its acknowledgement. */
  const acks = new Map<string, (payload: unknown) => void>();

  /** Delivers one envelope until it is acknowledged in time, as Slack does; gives what the acknowledgement carried. */
  async function deliver(type: string, payload: Record<string, unknown>): Promise<Record<string, unknown>> {
    for (let retry = 0; retry <= RETRIES; retry += 1) {
      const acknowledged = await (eventsUrl
        ? deliverByHttp(eventsUrl(), type, payload, retry)
        : deliverBySocket(type, payload, retry));
      if (acknowledged) return acknowledged;
      if (type !== 'events_api') break;
    }
    violations.push(`${type} not acknowledged within ${ACK_MS} ms`);
    return {};
  }

  async function deliverBySocket(
    type: string,
    payload: object,
    retry: number,
  ): Promise<Record<string, unknown> | null> {
    await until(() => sockets.size > 0);
    const [socket] = sockets;
    const envelopeId = randomUUID();
    const acknowledged = new Promise<Record<string, unknown>>((resolve) =>
      acks.set(envelopeId, (ack) => resolve(ack as Record<string, unknown>)),
    );
    const lost = new AbortController();
    const onClose = () => lost.abort();
    socket!.once('close', onClose);
    const more = retry > 0 ? { retry_attempt: retry, retry_reason: 'timeout' } : {};
    socket!.send(JSON.stringify({ envelope_id: envelopeId, type, payload, accepts_response_payload: true, ...more }));
    const timeout = sleep(ACK_MS, null, { signal: lost.signal }).catch(() => null);
    const ack = await Promise.race([acknowledged, timeout]);
    socket!.off('close', onClose);
    return ack;
  }

  async function deliverByHttp(
    url: string,
    type: string,
    payload: Record<string, unknown>,
    retry: number,
  ): Promise<Record<string, unknown> | null> {
    const isForm = type !== 'events_api';
    const fields = type === 'slash_commands' ? payload : { payload: JSON.stringify(payload) };
    const body = isForm ? new URLSearchParams(fields as Record<string, string>).toString() : JSON.stringify(payload);
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...sign(body),
        'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
        ...(retry > 0 && { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': 'http_timeout' }),
      },
      body,
      signal: AbortSignal.timeout(ACK_MS),
    }).catch(() => null);
    if (!response?.ok) return null;
    const text = await response.text();
    return text.startsWith('{') ? JSON.parse(text) : { text };
  }

  return {
    deliver,

    /** The app said over a socket that it has an envelope. */
    acknowledge: (envelopeId: string, payload: unknown) => acks.get(envelopeId)?.(payload ?? {}),
  };
}

/** The headers of a body that Slack signed so long ago. */
export function sign(body: string, { secret = SIGNING_SECRET, ageSeconds = 0 } = {}): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(timestamp), 'x-slack-signature': `v0=${signature}` };
}
