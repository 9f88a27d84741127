/**
 * The address of the server that this script came from. It can only be asked while the script runs for the first time.
 * @returns ends in a slash; the page's own origin when the script was bundled into something else
 */
function findScriptServer(): string {
  const script = document.currentScript;
  return new URL('.', script instanceof HTMLScriptElement && script.src ? script.src : location.origin).href;
}

/** Ends in a slash. */
export const scriptServer = findScriptServer();

/**
 * For pages where only a script tag can be added: `<script src="…/widget.js" data-parley data-name="Ada" defer>`
 * puts the chat at the end of the page, with the other `data-` attributes as its attributes.
 */
export function findScriptAttributes(): Record<string, string> | null {
  const { parley, ...attributes } = { ...(document.currentScript as HTMLScriptElement | null)?.dataset };
  return parley === undefined ? null : (attributes as Record<string, string>);
}
