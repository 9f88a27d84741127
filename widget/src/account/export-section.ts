import { html, type TemplateResult } from 'lit';
import { AccountSection } from './account-section.ts';

/** Everything kept of me, as a file. */
export class ExportSection extends AccountSection {
  protected readonly heading = 'Your data';

  protected content(): TemplateResult {
    return html`<p>Everything kept of you as one JSON file: who you are here, your chats, feedback and logins.</p>
      <a class="button" href="/api/users/me/export" download>Download everything</a>`;
  }
}
