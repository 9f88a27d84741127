import { css } from 'lit';

export const sourceListStyles = css`
  .sources {
    margin-top: 0.125rem;
    font-size: 0.875rem;
  }
  summary {
    display: inline-flex;
    align-items: center;
    gap: 0.375rem;
    min-height: 2.75rem;
    padding: 0 0.25rem;
    border-radius: 0.5rem;
    color: var(--_muted);
    font-weight: 550;
    cursor: pointer;
    list-style: none;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  summary::after {
    content: '';
    width: 0.375rem;
    height: 0.375rem;
    margin-top: -0.1875rem;
    border: solid;
    border-width: 0 1.5px 1.5px 0;
    transform: rotate(45deg);
  }
  [open] > summary::after {
    margin-top: 0.1875rem;
    transform: rotate(225deg);
  }
  .sources ol {
    display: grid;
    gap: 0.25rem;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .sources li {
    display: flex;
    gap: 0.625rem;
    padding: 0.625rem;
    border: 1px solid var(--_border);
    border-radius: 0.75rem;
  }
  .sources li:focus {
    border-color: var(--_accent);
    outline: none;
  }
  .sources li > div {
    min-width: 0;
  }
  .sources a {
    font-weight: bolder;
  }
  .sources p {
    display: -webkit-box;
    margin: 0.125rem 0 0;
    overflow: hidden;
    color: var(--_muted);
    font-size: 0.8125rem;
    line-height: 1.45;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
  }
  .sources li:focus p {
    -webkit-line-clamp: 12;
  }
  .citation,
  .note-call,
  .number {
    display: inline-grid;
    place-items: center;
    flex: none;
    min-width: 1.25rem;
    height: 1.25rem;
    padding: 0 0.25rem;
    border-radius: 0.375rem;
    background: var(--_tint);
    color: var(--_accent);
    font-size: 0.75rem;
    font-weight: 650;
    line-height: 1;
  }
  .citation,
  .note-call {
    position: relative;
    margin: 0 0.0625rem;
    vertical-align: 0.125em;
  }
  /* A small raised number without a box: it leads to a note, not to a source. */
  .note-call {
    min-width: 0;
    background: none;
    vertical-align: super;
  }
  :is(.citation, .note-call)::after {
    position: absolute;
    inset: -0.75rem -0.5rem;
    content: '';
  }
  .citation:hover {
    background: var(--_accent);
    color: var(--_accent-text);
  }
`;
