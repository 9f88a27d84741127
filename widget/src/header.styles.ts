import { css } from 'lit';

export const headerStyles = css`
  header {
    display: flex;
    align-items: center;
    gap: 0.125rem;
    padding-block: 0.75rem;
    padding-inline: 1rem 0.5rem;
    border-bottom: 1px solid var(--_border);
  }
  .avatar {
    display: grid;
    place-items: center;
    flex: none;
    width: 2.25rem;
    height: 2.25rem;
    border-radius: 0.75rem;
    background: var(--_accent);
    color: var(--_accent-text);
    font-weight: 650;
  }
  .title {
    flex: 1;
    min-width: 0;
    margin-inline-start: 0.75rem;
  }
  .title * {
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  h2 {
    font-size: 1rem;
    font-weight: 650;
    line-height: 1.3;
    letter-spacing: -0.01em;
  }
  .title p {
    color: var(--_muted);
    font-size: 0.8125rem;
    line-height: 1.3;
  }
`;
