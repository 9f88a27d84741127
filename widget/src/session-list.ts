import { html, type TemplateResult } from 'lit';
import { icon } from './icon.ts';
import { fill, type Texts } from './texts.ts';
import type { WireSession } from './wire.ts';

interface SessionListOptions {
  sessions: WireSession[];
  language: string;
  texts: Texts;
  onOpen: (id: string) => void;
  onDelete: (id: string) => void;
}

/** The visitor's past chats. */
export function sessionList({ sessions, texts, ...rest }: SessionListOptions): TemplateResult {
  return html`<section class="sessions" part="sessions" tabindex="-1" aria-label=${texts.chats}>
    <h3 dir="auto">${texts.chats}</h3>
    ${
      sessions.length > 0
        ? html`<ul>
            ${sessions.map((session) => sessionItem(session, { texts, ...rest }))}
          </ul>`
        : html`<p dir="auto">${texts.noChats}</p>`
    }
  </section>`;
}

function sessionItem(
  { id, title, platform, updated_at }: WireSession,
  { language, texts, onOpen, onDelete }: Omit<SessionListOptions, 'sessions'>,
): TemplateResult {
  const day = new Date(updated_at).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  const question = fill(texts.deleteChat, title);
  const remove = () => {
    if (confirm(`${question}?`)) onDelete(id);
  };
  return html`<li>
    <button class="session" type="button" @click=${() => onOpen(id)}><b dir="auto">${title}</b><small>${platform === 'web' ? '' : `${platform} · `}${day}</small></button>
    <button class="round" type="button" aria-label=${question} @click=${remove}>
      ${icon('trash')}
    </button>
  </li>`;
}
