import { html, LitElement, type PropertyDeclarations, type PropertyValues, render, type TemplateResult } from 'lit';
import { createAnnouncer } from './announcer.ts';
import { toCopiedText } from './answer-copy.ts';
import { bubblePanel } from './bubble-panel.ts';
import { createChatClient } from './chat-client.ts';
import {
  ParleyAnswerEvent,
  ParleyCloseEvent,
  ParleyErrorEvent,
  ParleyMessageEvent,
  ParleyOpenEvent,
} from './chat-events.ts';
import { chatWidgetStyles } from './chat-widget.styles.ts';
import { isSchemeOpen, watchScheme } from './color-scheme.ts';
import { composerStyles } from './composer.styles.ts';
import { composer } from './composer.ts';
import { type Conversation, type ConversationState, createConversation, type Entry } from './conversation.ts';
import { toNoticeText } from './error-text.ts';
import { feedbackFormStyles } from './feedback-form.styles.ts';
import { headerStyles } from './header.styles.ts';
import { header } from './header.ts';
import { type IconName, icon } from './icon.ts';
import { createKeptChats, type KeptChat } from './kept-chats.ts';
import { launcherStyles } from './launcher.styles.ts';
import { launcher } from './launcher.ts';
import { sayIn } from './live-region.ts';
import { messageListStyles } from './message-list.styles.ts';
import { messageList } from './message-list.ts';
import { messageViewStyles } from './message-view.styles.ts';
import { noticeStyles } from './notice.styles.ts';
import { notice } from './notice.ts';
import { openDialog } from './phone-sheet.ts';
import { toPrompts } from './prompts.ts';
import { revealQuestion } from './reveal-question.ts';
import { loadRichText } from './rich-text.ts';
import { scriptServer } from './script-tag.ts';
import { sessionListStyles } from './session-list.styles.ts';
import { sessionList } from './session-list.ts';
import { sourceListStyles } from './source-list.styles.ts';
import { findTexts, type Texts, toTexts } from './texts.ts';
import { type Access, createVisitorAccess } from './visitor-access.ts';
import { createVisitorStore, subjectOf, type VisitorStore } from './visitor-store.ts';
import { waitOnline } from './wait-online.ts';
import type { Rating } from './wire.ts';

const keptChats = createKeptChats<KeptChat>();
/** How near the end counts as reading the newest words, so that the view follows them. */
const END_TOLERANCE_PX = 48;
const COPIED_MS = 2000;

/**
 * A chat with a Parley assistant, as a bubble in the corner or in the flow of the page.
 *
 * @attr server - Address of the Parley server. Default: where the script came from.
 * @attr name - What the assistant is called.
 * @attr mode - `bubble` (default) or `inline`.
 * @attr position - `right` (default) or `left`, for the bubble.
 * @attr theme - `auto` (default), `light` or `dark`.
 * @attr greeting - First words of the assistant.
 * @attr prompts - Suggested questions: a JSON list, or separated by `|`.
 * @attr placeholder - What the empty text box says.
 * @attr privacy - Address of a privacy policy, linked under the text box.
 * @attr user-token - Who the visitor is, signed by the website (see docs/widget.md). Default: an anonymous visitor.
 * @attr texts - JSON object with words that replace the built-in ones (see texts/en.ts). The language follows `lang`.
 *
 * @fires {ParleyOpenEvent} parley-open - The chat was opened.
 * @fires {ParleyCloseEvent} parley-close - The chat was closed.
 * @fires {ParleyMessageEvent} parley-message - A question was sent.
 * @fires {ParleyAnswerEvent} parley-answer - An answer ended.
 * @fires {ParleyErrorEvent} parley-error - Something did not work.
 *
 * @cssprop --parley-accent - Buttons, own messages, focus. `--parley-accent-text` is what stands on it.
 * @cssprop --parley-background - Of the panel. `--parley-surface` is that of answers.
 * @cssprop --parley-text - Text. `--parley-muted` is quieter text, `--parley-border` lines.
 * @cssprop --parley-font - Font family. `--parley-radius` rounds the panel.
 * @cssprop --parley-width - Of the open bubble, like `--parley-height`.
 * @cssprop --parley-offset - Distance of the bubble from the edges. `--parley-z-index` is its layer.
 *
 * @csspart launcher - The round button. The open chat is `panel`, with `header`, `log`, `composer`, `disclosure`.
 * @csspart message - A message: `user-message` or `answer`, with `answer-text`, `citation`, `sources`, `source`,
 *   `commands`, `feedback`, `failure`, `retry`, `goOn`, `progress`.
 * @csspart composer - The text box, with `input`, `send`, `stop`. Around it: `greeting`, `prompt`, `notice`, `jump`, `sessions`.
 */
export class ParleyChat extends LitElement {
  static override properties: PropertyDeclarations = {
    server: {},
    name: {},
    mode: {},
    greeting: {},
    prompts: { converter: toPrompts },
    placeholder: {},
    privacy: {},
    userToken: { attribute: 'user-token' },
    texts: { converter: toTexts },
    isOpen: { state: true },
    isAtEnd: { state: true },
    copiedKey: { state: true },
    askedKey: { state: true },
  };

  static override styles = [
    chatWidgetStyles,
    launcherStyles,
    headerStyles,
    messageListStyles,
    messageViewStyles,
    sourceListStyles,
    feedbackFormStyles,
    sessionListStyles,
    noticeStyles,
    composerStyles,
  ];

  declare server: string;
  declare name: string;
  declare mode: string;
  declare greeting: string;
  declare prompts: string[];
  declare placeholder: string;
  declare privacy: string;
  declare userToken: string;
  declare texts: Partial<Texts>;
  declare isOpen: boolean;
  declare isAtEnd: boolean;
  declare copiedKey: number | null;
  declare askedKey: number | null;

  /** From the end, so that a question is not cut; the end is followed all the same. */
  #scrolledBack = 0;
  #chat: KeptChat | null = null;
  /** With whom this chat is, and whose. */
  #key = '';
  #states = this.attachInternals().states;
  #stopWatching: (() => void) | null = null;
  /** Whether the open chat was found like that, on a page that took another's place: nobody asked for it just now. */
  #isFound = false;
  #closeDialog: (() => void) | null = null;
  #focusBefore: Element | null = null;
  #focused: Element | null = null;
  #spokenNotice: ConversationState['notice'] = null;
  #subject: string | undefined;
  #countdown: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.server = scriptServer;
    this.name = 'Parley';
    this.mode = 'bubble';
    this.greeting = '';
    this.prompts = [];
    this.placeholder = '';
    this.privacy = '';
    this.userToken = '';
    this.texts = {};
    this.isOpen = false;
    this.isAtEnd = true;
    this.copiedKey = null;
    this.askedKey = null;
  }

  /** Opens the bubble; the focus moves into it. */
  async open(): Promise<void> {
    if (this.isOpen || this.mode === 'inline') return;
    this.#focusBefore = this.shadowRoot?.activeElement ?? document.activeElement;
    this.isOpen = true;
    await this.updateComplete;
    this.#focusInside();
    this.dispatchEvent(new ParleyOpenEvent());
  }

  /** Closes the bubble; the focus returns to where it was. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.updateComplete;
    const target = this.#focusBefore?.isConnected ? this.#focusBefore : this.#find('.launcher');
    (target as HTMLElement | null)?.focus();
    this.dispatchEvent(new ParleyCloseEvent());
  }

  /** Starts a new chat; the old one stays in the visitor's list. */
  async reset(): Promise<void> {
    await this.#conversation?.startNew();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.requestUpdate();
    this.#followScheme();
    this.#stopWatching = watchScheme(() => this.#followScheme());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopWatching?.();
    this.#closeDialog?.();
    this.#closeDialog = null;
    clearTimeout(this.#countdown);
    if (!this.#chat) return;
    const chat = Object.assign(this.#chat, { host: null, isOpen: this.isOpen });
    this.#chat = null;
    this.isOpen = false;
    const heir = [...document.querySelectorAll(this.localName)].find((other) => this.#isFollowedBy(other));
    if (heir instanceof ParleyChat) heir.#show(chat);
    else keptChats.put(this.#key, chat);
  }

  /** Whether another element has come before this one went, as in a transition between pages, and nobody used it yet. */
  #isFollowedBy(other: Element): boolean {
    // The element of a page that comes this very moment is not made yet.
    if (!(other instanceof ParleyChat) || other.#key !== this.#key || other.isOpen) return false;
    return !other.#conversation?.state.draft && !other.#conversation?.isBusy();
  }

  /** Off the page it has no chat, and takes none from whoever is on it. */
  protected override shouldUpdate(): boolean {
    return this.isConnected;
  }

  protected override willUpdate(): void {
    this.#subject = subjectOf(this.#userToken);
    const server = new URL(`${this.server.replace(/\/+$/, '')}/`, location.href).href;
    const key = `${server} ${this.#subject}`;
    if (!this.#chat || key !== this.#key) this.#connect(server, key);
    if (this.isOpen || this.mode === 'inline') this.#resume();
    this.#focused = this.shadowRoot?.activeElement ?? null;
  }

  protected override render(): TemplateResult {
    const texts = this.#texts;
    if (this.mode === 'inline') {
      return html`<section class="panel" part="panel" aria-labelledby="title">${this.#panel(texts)}</section>`;
    }
    return html`${bubblePanel(this.#panel(texts), () => void this.close())}
      ${launcher({ isOpen: this.isOpen, texts, onToggle: () => (this.isOpen ? this.close() : this.open()) })}`;
  }

  protected override updated(changed: PropertyValues): void {
    const dialog = this.#find<HTMLDialogElement>('dialog');
    if (changed.has('isOpen') && dialog) {
      this.#closeDialog?.();
      this.#closeDialog = this.isOpen ? openDialog(dialog, { takesFocus: !this.#isFound }) : null;
      this.#isFound = false;
    }
    const log = this.#find('.log');
    if (log && this.isAtEnd) {
      log.scrollTop = log.scrollHeight;
      this.#scrolledBack = revealQuestion(log);
    }
    // A pressed button may be gone by now, and the focus with it.
    if (this.#focused && !this.#focused.isConnected) this.#focusInside();
    this.#speak();
    this.#tick();
  }

  /** Who is chatting, and what is kept of them in this browser. */
  protected identify(server: string): { visitors: VisitorStore; access: Access } {
    const visitors = createVisitorStore(server, this.#subject);
    const userToken = () => this.#userToken;
    return { visitors, access: createVisitorAccess({ server, visitors, userToken }) };
  }

  get #conversation(): Conversation | undefined {
    return this.#chat?.conversation;
  }

  /** The attribute in small letters is how a framework writes the property before the script is there. */
  get #userToken(): string {
    // Null when the attribute was taken away.
    return this.userToken || this.getAttribute('usertoken') || '';
  }

  get #texts(): Texts {
    return findTexts(this.texts);
  }

  get #language(): string {
    return this.closest<HTMLElement>('[lang]')?.lang || navigator.language;
  }

  #find<Found extends HTMLElement = HTMLElement>(selector: string): Found | null {
    return this.shadowRoot?.querySelector<Found>(selector) ?? null;
  }

  #connect(server: string, key: string): void {
    this.#conversation?.stop();
    this.#key = key;
    this.#show(keptChats.take(key) ?? this.#startChat(server));
  }

  #show(chat: KeptChat): void {
    chat.host = this;
    this.#isFound = chat.isOpen;
    this.#chat = chat;
    this.isOpen ||= chat.isOpen;
    this.requestUpdate();
  }

  #startChat(server: string): KeptChat {
    const { visitors, access } = this.identify(server);
    const fire = (event: Event) => chat.host?.dispatchEvent(event);
    const conversation = createConversation({
      client: createChatClient({ server, access }),
      visitors,
      isOnline: () => navigator.onLine,
      wait: waitOnline,
      onChange: () => chat.host?.requestUpdate(),
      onQuestion: (text) => fire(new ParleyMessageEvent({ text })),
      onAnswer: ({ id = '', content, status }) => fire(new ParleyAnswerEvent({ id, text: content, status })),
      onError: ({ code, message }) => fire(new ParleyErrorEvent({ code, message })),
    });
    const chat: KeptChat = {
      conversation,
      announcer: createAnnouncer(),
      hasResumed: false,
      isOpen: false,
      host: null,
    };
    return chat;
  }

  /** The last visit's chat is fetched when it is first looked at, not on every page that has a bubble. */
  #resume(): void {
    if (!this.#chat || this.#chat.hasResumed) return;
    this.#chat.hasResumed = true;
    void this.#chat.conversation.resume();
  }

  #panel(texts: Texts): TemplateResult {
    const conversation = this.#conversation;
    if (!conversation) return html``;
    const { state } = conversation;
    const secondsLeft = Math.ceil((state.blockedUntil - Date.now()) / 1000);
    return html`${header({
      name: this.name,
      texts,
      isListOpen: state.sessions !== null,
      onList: () => (state.sessions ? conversation.closeSessions() : conversation.listSessions()),
      onNew: () => {
        void conversation.startNew();
        this.#focusInside();
      },
      onClose: this.mode === 'inline' ? undefined : () => this.close(),
    })}
    ${state.sessions ? this.#sessions(conversation, texts) : this.#messages(conversation, texts)}
    <div class="foot">
      ${state.notice ? notice(toNoticeText(state.notice, texts, secondsLeft), texts, conversation.dismissNotice) : ''}
      ${composer({
        draft: state.draft,
        placeholder: this.placeholder || texts.placeholder,
        texts,
        isBusy: conversation.isBusy(),
        isBlocked: secondsLeft > 0,
        onInput: conversation.setDraft,
        onSend: () => this.#ask(state.draft),
        onStop: conversation.stop,
      })}
      <p class="disclosure" part="disclosure" dir="auto">
        ${texts.disclosure} ${this.privacy ? html`<a href=${this.privacy} target="_blank" rel="noopener">${texts.privacy}</a>` : ''}
      </p>
    </div>
    <div class="spoken" id="live" aria-live="polite"></div>`;
  }

  #messages(conversation: Conversation, texts: Texts): TemplateResult {
    return messageList({
      entries: conversation.state.entries,
      name: this.name,
      greeting: this.greeting || texts.greeting,
      prompts: this.prompts,
      texts,
      isLoading: conversation.state.isLoading,
      isAtEnd: this.isAtEnd,
      copiedKey: this.copiedKey,
      askedKey: this.askedKey,
      actions: {
        copy: (entry) => this.#copy(entry),
        rate: (entry, rating, reason) => this.#rate(entry, rating, reason),
        copyCode: (button) => this.#copyCode(button),
        retry: () => {
          this.isAtEnd = true;
          void conversation.retry();
        },
        goOn: () => {
          this.isAtEnd = true;
          void conversation.goOn();
        },
      },
      onPrompt: (text) => this.#ask(text),
      onScroll: (event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.target as HTMLElement;
        this.isAtEnd = scrollHeight - scrollTop - clientHeight < END_TOLERANCE_PX + this.#scrolledBack;
      },
      onJump: () => {
        this.isAtEnd = true;
      },
    });
  }

  #sessions(conversation: Conversation, texts: Texts): TemplateResult {
    return sessionList({
      sessions: conversation.state.sessions ?? [],
      language: this.#language,
      texts,
      onOpen: (id) => {
        this.isAtEnd = true;
        void conversation.show(id);
      },
      onDelete: (id) => void conversation.deleteSession(id),
    });
  }

  #ask(text: string): void {
    // Meanwhile, so that it is there before the first word of the answer.
    void loadRichText();
    this.isAtEnd = true;
    this.#conversation?.closeSessions();
    void this.#conversation?.ask(text);
  }

  async #copy(entry: Entry): Promise<void> {
    await navigator.clipboard.writeText(toCopiedText(entry));
    this.copiedKey = entry.key;
    this.#say(this.#texts.copied);
    setTimeout(() => {
      this.copiedKey = null;
    }, COPIED_MS);
  }

  async #copyCode(button: HTMLElement): Promise<void> {
    const show = (words: string, name: IconName) => {
      button.title = words;
      button.ariaLabel = words;
      render(icon(name), button);
    };
    await navigator.clipboard.writeText(button.parentElement?.querySelector('pre')?.textContent ?? '');
    show(this.#texts.copied, 'check');
    this.#say(this.#texts.copied);
    setTimeout(() => show(this.#texts.copyCode, 'copy'), COPIED_MS);
  }

  #rate(entry: Entry, rating: Rating, reason?: string): void {
    const isAsking = rating === 'down' && reason === undefined;
    this.askedKey = isAsking ? entry.key : null;
    void this.#conversation?.rate(entry, rating, reason);
    if (!isAsking) this.#say(this.#texts.thanks);
  }

  /** On touch screens not into the text box: that would bring up the keyboard over what one wants to read. */
  #focusInside(): void {
    const target = matchMedia('(pointer: coarse)').matches ? this.#find('.log, .sessions') : this.#find('textarea');
    target?.focus({ preventScroll: true });
  }

  #speak(): void {
    const state = this.#conversation?.state;
    if (!state) return;
    this.#say(this.#chat?.announcer.follow(state.entries.at(-1), this.#texts) ?? '');
    if (state.notice === this.#spokenNotice) return;
    this.#spokenNotice = state.notice;
    const secondsLeft = Math.ceil((state.blockedUntil - Date.now()) / 1000);
    if (state.notice) this.#say(toNoticeText(state.notice, this.#texts, secondsLeft));
  }

  #say(words: string): void {
    sayIn(this.#find('#live'), words);
  }

  #followScheme(): void {
    if (isSchemeOpen(this)) this.#states.add('system');
    else this.#states.delete('system');
  }

  /** Keeps a countdown going. */
  #tick(): void {
    clearTimeout(this.#countdown);
    const msLeft = (this.#conversation?.state.blockedUntil ?? 0) - Date.now();
    if (msLeft > 0) this.#countdown = setTimeout(() => this.requestUpdate(), Math.min(msLeft, 1000));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-chat': ParleyChat;
  }
}
