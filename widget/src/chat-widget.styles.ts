import { css } from 'lit';

/** Colours, sizes and what all parts share. Every `--_` name is what a documented `--parley-` property comes to. */
export const chatWidgetStyles = css`
  :host {
    --_accent: var(--parley-accent, light-dark(#0f6b62, #5eead4));
    --_accent-text: var(--parley-accent-text, light-dark(#fff, #06302c));
    --_background: var(--parley-background, light-dark(#fff, #14191b));
    --_surface: var(--parley-surface, light-dark(#f1f5f4, #20282a));
    --_text: var(--parley-text, light-dark(#1b2523, #e9efee));
    --_muted: var(--parley-muted, light-dark(#566461, #a3b1ae));
    --_border: var(--parley-border, light-dark(#e1e8e6, #303a3c));
    --_control: color-mix(in srgb, var(--_muted) 80%, transparent);
    --_tint: color-mix(in srgb, var(--_accent) 13%, transparent);
    --_warning: light-dark(#fdf0d5, #40321a);
    --_danger: light-dark(#b3261e, #f2b8b5);
    --_radius: var(--parley-radius, 1.25rem);
    color: var(--_text);
    font: 400 0.9375rem/1.55 var(--parley-font, system-ui, sans-serif);
    text-align: start;
  }
  :host(:state(system)) {
    color-scheme: light dark;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
  :host([hidden]) {
    display: none;
  }
  :host(:not([mode='inline'])) {
    position: fixed;
    z-index: var(--parley-z-index, 2147483000);
    inset-block-end: var(--_edge);
    inset-inline-end: var(--_edge);
    --_edge: var(--parley-offset, 1.25rem);
  }
  /* Corners of the screen, which stay where they are from right to left. */
  :host([position='left']:not([mode='inline'])) {
    inset: auto auto var(--_edge) var(--_edge);
  }
  :host([position='right']:not([mode='inline'])) {
    inset: auto var(--_edge) var(--_edge) auto;
  }
  :host([mode='inline']) {
    display: block;
    height: 36rem;
  }
  * {
    box-sizing: border-box;
  }
  .panel {
    flex-direction: column;
    margin: 0;
    padding: 0;
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    background: var(--_background);
    color: inherit;
    overflow: clip;
  }
  section.panel {
    display: flex;
    height: 100%;
  }
  dialog.panel {
    position: absolute;
    inset: auto;
    inset-block-end: calc(100% + 0.75rem);
    inset-inline-end: 0;
    width: min(var(--parley-width, 25rem), calc(100vw - 2 * var(--_edge)));
    height: min(var(--parley-height, 40rem), calc(100dvh - 2 * var(--_edge) - 4.25rem));
    max-width: none;
    max-height: none;
    box-shadow: 0 6px 24px rgb(0 0 0 / 0.22);
    animation: appear 0.2s;
  }
  :host([position='left']) dialog.panel {
    inset: auto auto calc(100% + 0.75rem) 0;
  }
  :host([position='right']) dialog.panel {
    inset: auto 0 calc(100% + 0.75rem) auto;
  }
  dialog[open] {
    display: flex;
  }
  /* On a phone the chat is a sheet over the page, as high as what the keyboard leaves. */
  dialog.panel:modal {
    position: fixed;
    inset: var(--_top, 0px) 0 auto;
    width: 100%;
    height: var(--_height, 100dvh);
    border: 0;
    border-radius: 0;
  }
  button {
    margin: 0;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .round {
    display: grid;
    place-items: center;
    flex: none;
    min-width: 2.75rem;
    height: 2.75rem;
    border-radius: 0.75rem;
  }
  header .round {
    color: var(--_muted);
  }
  .launcher,
  .send {
    display: grid;
    place-items: center;
  }
  .round:hover {
    background: var(--_surface);
    color: var(--_text);
  }
  .round:focus-visible {
    outline-offset: -3px;
  }
  .plain {
    display: inline-flex;
    align-items: center;
    gap: 0.375rem;
    min-height: 2.75rem;
    padding: 0.5rem 0.9375rem;
    border: 1px solid var(--_border);
    border-radius: 0.75rem;
    color: var(--_accent);
    font-size: 0.875rem;
    font-weight: 600;
    line-height: 1.35;
  }
  .plain:hover {
    background: var(--_tint);
  }
  .icon {
    width: 1.25rem;
    height: 1.25rem;
    fill: none;
    stroke: currentcolor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  :is(.i-back, .i-list):dir(rtl) {
    transform: scaleX(-1);
  }
  .foot {
    width: 100%;
    max-width: 47.5rem;
    margin: 0 auto;
    padding-bottom: env(safe-area-inset-bottom);
  }
  .disclosure {
    margin: 0;
    padding: 0.5rem 1rem 0.625rem;
    color: var(--_muted);
    font-size: 0.75rem;
    text-align: center;
  }
  a {
    color: inherit;
  }
  .spoken {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation: none !important;
      transition: none !important;
    }
  }
  @media print {
    :host(:not([mode='inline'])),
    .foot,
    button.round,
    .plain {
      display: none !important;
    }
    :host,
    section.panel,
    .log {
      display: block !important;
      height: auto !important;
      overflow: visible;
    }
  }
  @media (forced-colors: active) {
    button,
    .message > * {
      border: 1px solid;
    }
  }
`;
