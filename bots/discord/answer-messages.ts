import { DiscordAPIError, type REST, RESTJSONErrorCodes, Routes } from 'discord.js';
import { z } from 'zod';
import type { Encryption } from '../../core/encryption/encryption.ts';
import { AppError } from '../../core/errors.ts';
import { type Delivery, ORIGINAL, TOKEN_PURPOSE } from './delivery.ts';
import { type MessageBody, toRequestBody } from './message-body.ts';
import { openDm } from './open-dm.ts';
import type { RequestPace } from './request-pace.ts';

export interface AnswerMessagesOptions {
  rest: REST;
  pace: RequestPace;
  encryption: Encryption;
  now(): number;
  delivery: Delivery;
  /** Makes posting a message twice, such as before and after a crash, post it once. */
  turnId: string;
  save(delivery: Delivery): Promise<void>;
}

export type AnswerMessages = ReturnType<typeof createAnswerMessages>;

const created = z.object({ id: z.string() });

const TOKEN_IS_DEAD: ReadonlySet<string | number> = new Set([
  RESTJSONErrorCodes.UnknownWebhook,
  RESTJSONErrorCodes.UnknownInteraction,
  RESTJSONErrorCodes.InvalidWebhookToken,
]);
const MAY_NOT_POST: ReadonlySet<string | number> = new Set([
  RESTJSONErrorCodes.MissingAccess,
  RESTJSONErrorCodes.MissingPermissions,
  RESTJSONErrorCodes.UnknownChannel,
]);

/** The messages one answer is shown in: the first ones as they are, edited to what is wanted, and new ones after them. */
export function createAnswerMessages(options: AnswerMessagesOptions) {
  const { rest, pace, now } = options;
  let delivery = options.delivery;
  /** Opened once; empty when it cannot be. */
  let token: string | null = null;
  let shown: (MessageBody | undefined)[] = [];
  /** Nothing more can be shown: the message was deleted, or the asker cannot be reached. */
  let isOver = false;
  let last: Promise<void> = Promise.resolve();

  /** One change at a time: an edit that overtakes another would show old text. */
  function inOrder(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  }

  function findToken(): string | null {
    if (!delivery.interaction || now() >= delivery.interaction.expiresAt) return null;
    token ??= openToken(options.encryption, delivery.interaction.sealedToken);
    return token === '' ? null : token;
  }

  function toPath(messageId: string): `/${string}` {
    const alive = findToken();
    return delivery.interaction && alive
      ? Routes.webhookMessage(delivery.interaction.applicationId, alive, messageId)
      : Routes.channelMessage(delivery.channelId, messageId);
  }

  async function update(changes: Partial<Delivery>): Promise<void> {
    delivery = { ...delivery, ...changes };
    await options.save(delivery);
  }

  async function post(body: MessageBody): Promise<void> {
    const alive = findToken();
    const id =
      delivery.interaction && alive
        ? await postByToken(body, { applicationId: delivery.interaction.applicationId, token: alive })
        : await postToChannel(body);
    await update({ messageIds: [...delivery.messageIds, id] });
  }

  async function postByToken(body: MessageBody, webhook: { applicationId: string; token: string }): Promise<string> {
    const path = Routes.webhook(webhook.applicationId, webhook.token);
    const request = { body: toRequestBody(body, delivery), auth: false, query: new URLSearchParams({ wait: 'true' }) };
    return created.parse(await pace.send('POST', path, () => rest.post(path, request))).id;
  }

  async function postToChannel(body: MessageBody): Promise<string> {
    const position = delivery.messageIds.length;
    const replyTo =
      position === 0 && delivery.replyTo ? { message_id: delivery.replyTo, fail_if_not_exists: false } : undefined;
    const path = Routes.channelMessages(delivery.channelId);
    const request = {
      body: {
        ...toRequestBody(body),
        message_reference: replyTo,
        nonce: `${options.turnId.replaceAll('-', '').slice(0, 20)}-${position}`,
        enforce_nonce: true,
      },
    };
    return created.parse(await pace.send('POST', path, () => rest.post(path, request))).id;
  }

  async function edit(messageId: string, body: MessageBody): Promise<void> {
    const path = toPath(messageId);
    const request = { body: toRequestBody(body), auth: findToken() === null };
    const edited = await pace.send('PATCH', path, () => rest.patch(path, request));
    const { data: original } = created.safeParse(edited);
    if (messageId === ORIGINAL && delivery.originalId === null && original) await update({ originalId: original.id });
  }

  async function remove(messageId: string): Promise<void> {
    const path = toPath(messageId);
    const request = { auth: findToken() === null };
    await pace.send('DELETE', path, () => rest.delete(path, request)).catch(ignoreUnknownMessage);
  }

  async function showAll(bodies: MessageBody[]): Promise<void> {
    if (delivery.interaction && findToken() === null) await moveOn(bodies.slice(0, 1));
    for (const [index, body] of bodies.entries()) {
      if (isOver) return;
      if (JSON.stringify(shown[index]) === JSON.stringify(body)) continue;
      const messageId = delivery.messageIds[index];
      if (messageId === undefined) await post(body);
      else await edit(messageId, body);
      shown[index] = body;
    }
    const surplus = delivery.messageIds.slice(bodies.length);
    for (const messageId of surplus) await remove(messageId);
    if (surplus.length > 0) await update({ messageIds: delivery.messageIds.slice(0, bodies.length) });
    shown = shown.slice(0, bodies.length);
  }

  /** Continues in ordinary messages: in the channel where everybody could see the answer, else in the asker's DM. */
  async function moveOn(bodies: MessageBody[], { toDm = false } = {}): Promise<void> {
    const old = delivery;
    const alive = findToken();
    const isDm = toDm || old.isPrivate || !old.canPost;
    try {
      const channelId = isDm ? await openDm(rest, delivery.askerId) : old.channelId;
      const ordinary = { interaction: null, messageIds: [], originalId: null, replyTo: null, isPrivate: false };
      delivery = { ...old, ...ordinary, channelId, guildId: isDm ? null : old.guildId };
      shown = [];
      for (const body of bodies) {
        await post(body);
        shown.push(body);
      }
    } catch (error) {
      if (!(error instanceof DiscordAPIError) || error.status >= 500) throw error;
      delivery = old;
      if (!isDm) return moveOn(bodies, { toDm: true });
      isOver = true;
    }
    if (old.interaction && alive) await pointOn(old, { applicationId: old.interaction.applicationId, token: alive });
  }

  /** The last that can be said by a token says where to look. */
  async function pointOn(old: Delivery, webhook: { applicationId: string; token: string }): Promise<void> {
    const [first, ...others] = old.messageIds;
    const { guildId, channelId, messageIds } = delivery;
    const content = isOver
      ? 'This takes longer than Discord lets me answer here. The answer will be in your chats: find it with `/chat list`, or send me a direct message and ask again there.'
      : `This takes longer than Discord lets me answer here. The answer is at https://discord.com/channels/${guildId ?? '@me'}/${channelId}/${messageIds[0]}`;
    const path = (id: string) => Routes.webhookMessage(webhook.applicationId, webhook.token, id);
    try {
      await rest.patch(path(first ?? ORIGINAL), { body: toRequestBody({ content, components: [] }), auth: false });
      for (const id of others) await rest.delete(path(id), { auth: false });
    } catch (error) {
      if (!(error instanceof DiscordAPIError)) throw error;
    }
  }

  async function showOrMoveOn(bodies: MessageBody[]): Promise<void> {
    try {
      await showAll(bodies);
    } catch (error) {
      if (!(error instanceof DiscordAPIError)) throw error;
      if (error.code === RESTJSONErrorCodes.UnknownMessage) isOver = true;
      else if (delivery.interaction && TOKEN_IS_DEAD.has(error.code)) {
        delivery = { ...delivery, interaction: { ...delivery.interaction, expiresAt: 0 } };
        await showAll(bodies);
      } else if (error.code === RESTJSONErrorCodes.CannotReplyWithoutPermissionToReadMessageHistory) {
        delivery = { ...delivery, replyTo: null };
        await showAll(bodies);
      } else if (MAY_NOT_POST.has(error.code) && delivery.guildId !== null) await moveOn(bodies, { toDm: true });
      else throw error;
    }
  }

  return {
    get delivery(): Delivery {
      return delivery;
    },
    get isOver(): boolean {
      return isOver;
    },

    /** Makes the answer's messages show this and nothing else. */
    show: (bodies: MessageBody[]) => inOrder(() => (isOver ? Promise.resolve() : showOrMoveOn(bodies))),

    /** Goes on in ordinary messages, as long as the interaction's token still lets us say where. */
    leaveInteraction: (bodies: MessageBody[]) =>
      inOrder(() => (delivery.interaction && !isOver ? moveOn(bodies) : Promise.resolve())),

    /** How long the next edit had better wait, by what Discord says is left. */
    delayMs: () => pace.delayMs('PATCH', toPath(delivery.messageIds.at(-1) ?? ORIGINAL)),
  };
}

function openToken(encryption: Encryption, sealedToken: string): string {
  try {
    return encryption.decrypt(sealedToken, TOKEN_PURPOSE);
  } catch (error) {
    // The keys were changed since: as good as a token that is dead.
    if (error instanceof AppError) return '';
    throw error;
  }
}

function ignoreUnknownMessage(error: unknown): void {
  if (!(error instanceof DiscordAPIError) || error.code !== RESTJSONErrorCodes.UnknownMessage) throw error;
}
