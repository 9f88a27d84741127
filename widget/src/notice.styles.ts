import { css } from 'lit';

export const noticeStyles = css`
  .notice {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    margin: 0 0.75rem 0.5rem;
    padding-block: 0.125rem;
    padding-inline: 0.875rem 0.125rem;
    border-radius: 0.875rem;
    background: var(--_warning);
    color: var(--_text);
    font-size: 0.875rem;
    line-height: 1.4;
  }
  .notice span {
    flex: 1;
    padding: 0.5rem 0;
  }
`;
