import { html, nothing, type TemplateResult } from 'lit';

interface TextFieldOptions {
  /** Of the field in its form; its id too. */
  name: string;
  label: string;
  hint?: string;
  /** What is wrong with it; shown next to it, and said at once. */
  problem?: string | undefined;
  autocomplete?: string;
  type?: string;
  isRequired?: boolean;
  /** A button in the field. */
  beside?: TemplateResult;
}

/** A labelled field for one line of text. */
export function textField({
  name,
  label,
  hint,
  problem,
  autocomplete = 'off',
  ...rest
}: TextFieldOptions): TemplateResult {
  const { type = 'text', isRequired = true, beside } = rest;
  return html`<div class="field">
    <label for=${name}>${label}</label>
    <div class="box">
      <input
        id=${name}
        name=${name}
        type=${type}
        autocomplete=${autocomplete}
        autocapitalize="none"
        spellcheck="false"
        maxlength="300"
        aria-required=${isRequired ? 'true' : 'false'}
        aria-invalid=${problem ? 'true' : 'false'}
        aria-describedby="${name}-problem ${name}-hint"
      />
      ${beside ?? nothing}
    </div>
    <p class="wrong" id="${name}-problem" role="alert">${problem ?? nothing}</p>
    ${hint && !problem ? html`<p class="note" id="${name}-hint">${hint}</p>` : nothing}
  </div>`;
}
