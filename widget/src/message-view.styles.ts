import { css } from 'lit';

export const messageViewStyles = css`
  .message {
    animation: appear 0.2s;
    overflow-wrap: anywhere;
  }
  @keyframes appear {
    from {
      opacity: 0;
      transform: translateY(0.375rem);
    }
  }
  .user {
    align-self: flex-end;
    max-width: 85%;
    padding: 0.625rem 0.9375rem;
    border-radius: 1.25rem;
    border-end-end-radius: 0.375rem;
    background: var(--_accent);
    color: var(--_accent-text);
  }
  .user p {
    margin: 0;
    white-space: pre-wrap;
  }
  .text,
  .progress {
    width: fit-content;
    max-width: 100%;
    padding: 0.75rem 1rem;
    border-radius: 1.25rem;
    border-end-start-radius: 0.375rem;
    background: var(--_surface);
  }
  .text:not(:has(> *)) {
    white-space: pre-wrap;
  }
  .text > :first-child {
    margin-top: 0;
  }
  .text > :last-child {
    margin-bottom: 0;
  }
  .text :is(p, ul, ol, .code, blockquote, table) {
    margin: 0.625rem 0;
  }
  .text :is(ul, ol) {
    padding: 0;
  }
  .text :is(li, li > ul, li > ol) {
    margin-block: 0.25rem;
  }
  /* The room for its mark is on the side where the item begins, which need not be that of the list. */
  .text li {
    margin-inline-start: 1.375rem;
  }
  .text li:has(> label) {
    list-style: none;
  }
  .text input {
    margin-inline: -1.375rem 0.25rem;
    vertical-align: -0.125em;
  }
  .text .note {
    color: var(--_muted);
    font-size: 0.875em;
  }
  .text h3 {
    margin: 1rem 0 0.375rem;
    font-size: 1em;
    font-weight: 650;
  }
  .text a {
    color: var(--_accent);
  }
  code {
    padding: 0.1em 0.3em;
    border-radius: 0.375rem;
    background: var(--_tint);
    font:
      0.875em ui-monospace,
      monospace;
  }
  code,
  pre {
    direction: ltr;
    unicode-bidi: isolate;
    text-align: start;
  }
  .code {
    position: relative;
    direction: ltr;
  }
  .copy-code {
    position: absolute;
    inset-block-start: 0;
    inset-inline-end: 0;
    color: var(--_muted);
  }
  pre {
    margin: 0;
    padding-block: 0.75rem;
    padding-inline: 0.875rem 3rem;
    border-radius: 0.75rem;
    background: var(--_background);
    overflow-x: auto;
  }
  pre code {
    padding: 0;
    background: none;
    line-height: 1.55;
    overflow-wrap: normal;
  }
  table {
    display: block;
    border-collapse: collapse;
    overflow-x: auto;
  }
  th,
  td {
    padding: 0.375rem;
    border-bottom: 1px solid var(--_border);
    text-align: -webkit-match-parent;
    text-align: match-parent;
    overflow-wrap: normal;
  }
  [align='center'] {
    text-align: center;
  }
  [align='left'] {
    text-align: left;
  }
  [align='right'] {
    text-align: right;
  }
  blockquote {
    padding-inline-start: 0.875rem;
    border-inline-start: 3px solid;
  }
  .progress {
    display: flex;
    align-items: center;
    gap: 0.25rem;
    margin: 0;
    color: var(--_muted);
    font-size: 0.875rem;
  }
  .text + .progress {
    margin-top: 0.375rem;
  }
  .progress span {
    margin-inline-start: 0.375rem;
  }
  .progress i {
    width: 0.4375rem;
    height: 0.4375rem;
    border-radius: 50%;
    background: var(--_accent);
    animation: breathe 1.2s infinite;
  }
  .progress i + i {
    animation-delay: 0.2s;
  }
  .progress i + i + i {
    animation-delay: 0.4s;
  }
  @keyframes breathe {
    50% {
      opacity: 0.2;
    }
  }
  .failure {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem;
    margin: 0.5rem 0 0;
    color: var(--_muted);
    font-size: 0.875rem;
  }
  .commands {
    display: flex;
    margin-block-start: 0.125rem;
    margin-inline-start: -0.5rem;
    color: var(--_muted);
  }
  .commands .icon {
    width: 1.125rem;
    height: 1.125rem;
  }
  .commands [aria-pressed='true'] {
    color: var(--_accent);
  }
  .commands [aria-pressed='true'] path {
    fill: var(--_tint);
  }
`;
