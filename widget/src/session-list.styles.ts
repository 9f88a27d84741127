import { css } from 'lit';

export const sessionListStyles = css`
  .sessions {
    flex: 1;
    padding: 1rem;
    overflow-y: auto;
    outline: none;
  }
  .sessions h3 {
    margin: 0 0.5rem 0.5rem;
    color: var(--_muted);
    font-size: 0.8125rem;
    font-weight: 600;
  }
  .sessions ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .sessions > p {
    margin: 0.5rem;
  }
  .sessions li {
    display: flex;
    align-items: center;
    border-radius: 0.75rem;
  }
  .sessions li:hover {
    background: var(--_surface);
  }
  .session {
    display: grid;
    flex: 1;
    gap: 0.125rem;
    min-width: 0;
    padding: 0.625rem 0.5rem;
    text-align: start;
  }
  .session b {
    overflow: hidden;
    font-weight: 550;
    text-align: -webkit-match-parent;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .session small {
    color: var(--_muted);
    font-size: 0.8125rem;
  }
  .session small::first-letter {
    text-transform: capitalize;
  }
`;
