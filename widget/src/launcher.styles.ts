import { css } from 'lit';

export const launcherStyles = css`
  .launcher {
    width: 3.5rem;
    height: 3.5rem;
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_accent-text);
    box-shadow: 0 6px 24px rgb(0 0 0 / 0.22);
    transition: transform 0.2s;
  }
  .launcher:hover {
    transform: translateY(-2px);
  }
  .launcher .icon {
    width: 1.75rem;
    height: 1.75rem;
  }
`;
