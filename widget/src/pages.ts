import { AccountPage } from './account/account-page.ts';
import { ApiKeysSection } from './account/api-keys-section.ts';
import { EraseSection } from './account/erase-section.ts';
import { ExportSection } from './account/export-section.ts';
import { LinkedSection } from './account/linked-section.ts';
import { LoginsSection } from './account/logins-section.ts';
import { OwnKeySection } from './account/own-key-section.ts';
import { PasswordSection } from './account/password-section.ts';
import { ProfilesSection } from './account/profiles-section.ts';
import { WalletSection } from './account/wallet-section.ts';
import { claimVisitor } from './pages/claim-visitor.ts';
import { LoginPage } from './pages/login-page.ts';
import { MemberChat, rememberChat } from './pages/member-chat.ts';

/** The elements of our own pages; each page has those it names, and the chat. */
const elements = {
  'parley-login': LoginPage,
  'parley-account': AccountPage,
  'parley-linked-accounts': LinkedSection,
  'parley-profiles': ProfilesSection,
  'parley-logins': LoginsSection,
  'parley-password': PasswordSection,
  'parley-own-key': OwnKeySection,
  'parley-wallet': WalletSection,
  'parley-api-keys': ApiKeysSection,
  'parley-export': ExportSection,
  'parley-erase': EraseSection,
};

for (const [name, element] of Object.entries(elements)) customElements.define(name, element);

/** The chat begins once it is known what was asked in this browser before the login. */
async function startChat(): Promise<void> {
  const server = `${location.origin}/`;
  const member = document.querySelector('parley-chat')?.getAttribute('member');
  if (!member && !document.querySelector('parley-account')) return;
  const sessionId = await claimVisitor(server);
  if (member && sessionId) rememberChat({ server, member, sessionId });
  customElements.define('parley-chat', MemberChat);
}

void startChat();
