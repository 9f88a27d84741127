const PHONE = '(max-width: 30rem), (max-height: 30rem)';

/**
 * Opens a dialog as the screen asks for: beside the page where there is room; on a phone over it as a modal, which
 * the system's back gesture closes and which keeps the focus inside. On a phone it is kept as high as what the
 * on-screen keyboard leaves.
 * @param options.takesFocus whether the focus moves into it; a modal has it in any case
 * @returns undoes it
 */
export function openDialog(dialog: HTMLDialogElement, { takesFocus }: { takesFocus: boolean }): () => void {
  const phone = matchMedia(PHONE);
  const viewport = window.visualViewport;
  const watching = new AbortController();
  const { signal } = watching;

  const show = () => {
    if (dialog.open) dialog.close();
    if (phone.matches) dialog.showModal();
    else if (takesFocus) dialog.show();
    else dialog.open = true;
  };
  const follow = () => {
    // Set through the object model: a strict CSP forbids style attributes in markup, not this.
    dialog.style.setProperty('--_height', `${viewport?.height}px`);
    dialog.style.setProperty('--_top', `${viewport?.offsetTop}px`);
  };

  show();
  phone.addEventListener('change', show, { signal });
  if (viewport) {
    follow();
    viewport.addEventListener('resize', follow, { signal });
    viewport.addEventListener('scroll', follow, { signal });
  }
  return () => {
    watching.abort();
    dialog.close();
  };
}
