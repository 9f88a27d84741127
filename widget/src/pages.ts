import { AccountPage } from './account/account-page.ts';
import { EraseSection } from './account/erase-section.ts';
import { ExportSection } from './account/export-section.ts';
import { LinkedSection } from './account/linked-section.ts';
import { LoginsSection } from './account/logins-section.ts';
import { LoginPage } from './pages/login-page.ts';
import { MemberChat } from './pages/member-chat.ts';

/** The elements of our own pages; each page has those it names. */
const elements = {
  'parley-chat': MemberChat,
  'parley-login': LoginPage,
  'parley-account': AccountPage,
  'parley-linked-accounts': LinkedSection,
  'parley-logins': LoginsSection,
  'parley-export': ExportSection,
  'parley-erase': EraseSection,
};

for (const [name, element] of Object.entries(elements)) customElements.define(name, element);
