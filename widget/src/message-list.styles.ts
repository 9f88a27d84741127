import { css } from 'lit';

export const messageListStyles = css`
  .frame {
    position: relative;
    display: flex;
    flex: 1;
    min-height: 0;
  }
  .log {
    flex: 1;
    min-width: 0;
    padding: 1.25rem 1rem;
    overflow-y: auto;
    overscroll-behavior: contain;
  }
  .log:focus-visible {
    outline-offset: -3px;
  }
  .lines {
    display: flex;
    flex-direction: column;
    gap: 1rem;
    max-width: 46rem;
    margin: 0 auto;
  }
  .welcome {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    animation: appear 0.2s;
  }
  .welcome .text {
    width: 100%;
    margin: 0 0 0.25rem;
  }
  .prompt {
    border-radius: 1.375rem;
    font-weight: 500;
    text-align: start;
  }
  .jump {
    position: absolute;
    inset-block-end: 0.5rem;
    inset-inline: 0;
    width: 2.75rem;
    margin-inline: auto;
    border: 1px solid var(--_border);
    border-radius: 50%;
    background: var(--_background);
    box-shadow: 0 6px 24px rgb(0 0 0 / 0.22);
  }
`;
