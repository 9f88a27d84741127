import { css } from 'lit';

export const feedbackFormStyles = css`
  .feedback {
    display: flex;
    gap: 0.5rem;
    margin-top: 0.25rem;
  }
  .feedback input {
    flex: 1;
    min-width: 0;
    min-height: 2.75rem;
    padding: 0 0.75rem;
    border: 1px solid var(--_control);
    border-radius: 0.75rem;
    background: transparent;
    color: inherit;
    font: inherit;
    font-size: max(1rem, 16px);
  }
`;
