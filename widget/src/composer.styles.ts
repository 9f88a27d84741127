import { css } from 'lit';

export const composerStyles = css`
  .composer {
    position: relative;
    display: flex;
    align-items: flex-end;
    margin: 0 0.75rem;
    border: 1px solid var(--_control);
    border-radius: 1.5rem;
    background: var(--_background);
    transition: box-shadow 0.2s;
  }
  .composer:focus-within {
    border-color: var(--_accent);
    box-shadow: 0 0 0 3px var(--_tint);
  }
  /* The field grows with its text: the copy in ::after has the same text and so the same height. */
  .field {
    display: grid;
    flex: 1;
    min-width: 0;
    max-height: 10rem;
    overflow-y: auto;
  }
  .field::after {
    visibility: hidden;
    content: attr(data-text);
  }
  .field::after,
  textarea {
    grid-area: 1 / 1;
    min-width: 0;
    margin: 0;
    padding-block: 0.75rem;
    padding-inline: 1.125rem 0.25rem;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    font-size: max(1rem, 16px);
    line-height: 1.4;
    overflow: hidden;
    overflow-wrap: anywhere;
    resize: none;
    white-space: pre-wrap;
  }
  textarea:focus-visible {
    outline: none;
  }
  /* An empty text box has no direction of its own yet. */
  :host(:dir(rtl)) textarea:placeholder-shown {
    direction: rtl;
  }
  ::placeholder {
    unicode-bidi: plaintext;
    color: var(--_muted);
    opacity: 1;
  }
  .send {
    flex: none;
    width: 2.75rem;
    height: 2.75rem;
    margin: 0.125rem;
    border: 0.25rem solid transparent;
    border-radius: 50%;
    background: var(--_accent) padding-box;
    color: var(--_accent-text);
  }
  .send[aria-disabled='true'] {
    background: var(--_surface) padding-box;
    color: var(--_muted);
  }
  [part='stop'] path {
    fill: currentcolor;
  }
  .counter {
    position: absolute;
    inset-block-end: 100%;
    inset-inline-end: 1rem;
    margin: 0 0 0.25rem;
    background: var(--_background);
    color: var(--_muted);
    font-size: 0.8125rem;
  }
  .over {
    color: var(--_danger);
  }
`;
