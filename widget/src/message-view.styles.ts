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
    border-radius: 1.25rem 1.25rem 0.375rem 1.25rem;
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
    border-radius: 1.25rem 1.25rem 1.25rem 0.375rem;
    background: var(--_surface);
  }
  .text > :first-child {
    margin-top: 0;
  }
  .text > :last-child {
    margin-bottom: 0;
  }
  .text :is(p, ul, ol, pre, blockquote, table) {
    margin: 0.625rem 0;
  }
  .text :is(ul, ol) {
    padding-inline-start: 1.375rem;
  }
  .text li,
  .text li > :is(ul, ol) {
    margin: 0.25rem 0;
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
  pre {
    padding: 0.75rem 0.875rem;
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
    padding: 0.375rem 0.75rem 0.375rem 0;
    border-bottom: 1px solid var(--_border);
    text-align: start;
    overflow-wrap: normal;
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
