/** Invisible, and enough for Slack to see nothing but text. */
const ZERO_WIDTH_SPACE = '\u200B';

/** What makes Slack notify people: `<!channel>`, `<@U…>`, `<!subteam^…>`, `<#C…>`, and the plain words. */
const ANGLE_MENTION = /<(?=[@#]|!\s{0,3}(?:channel|here|everyone|group|subteam|date))/gi;
const PLAIN_MENTION = /@(?=(?:channel|here|everyone|group)\b)/gi;
/** Text that the next piece could turn into a mention; bounded, so that hardly anything is held back. */
const MAY_BECOME_MENTION = /(?:<(?:!\s{0,3}[a-z]{0,8}|@[a-z]{0,8})?|@[a-z]{0,8})$/i;

/** Takes the power to notify anybody out of text that a model or a document wrote; it looks the same. */
export function disarmMentions(text: string): string {
  return text.replace(ANGLE_MENTION, `<${ZERO_WIDTH_SPACE}`).replace(PLAIN_MENTION, `@${ZERO_WIDTH_SPACE}`);
}

/** The same for text that arrives in pieces: a mention cut in two is seen as well. */
export function createMentionDisarmer() {
  let held = '';
  return {
    push(piece: string): string {
      const text = held + piece;
      held = MAY_BECOME_MENTION.exec(text)?.[0] ?? '';
      return disarmMentions(text.slice(0, text.length - held.length));
    },
    flush(): string {
      const rest = disarmMentions(held);
      held = '';
      return rest;
    },
  };
}
