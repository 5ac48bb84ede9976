// What a form wants of <limbus-segmenter>: a value, and whether it is fit to be sent.
import type { LimbusError } from '../error.js';
import type { Manifest, SegmentResult } from '../types.js';
import { MirroredElement } from './attributes.js';
import { formValueOf } from './form_value.js';

/** What validity and value follow from. */
export interface FormState {
  busy: boolean;
  error: LimbusError | null;
  result: SegmentResult | null;
  manifest: Manifest | null;
}

export class FormElement extends MirroredElement {
  static readonly formAssociated = true;

  readonly #internals: ElementInternals;
  #valueOf: { result: SegmentResult; name: string } | null = null; // what the form has, or will have

  constructor() {
    super();
    this.#internals = this.attachInternals();
    this.#internals.role = 'group'; // may take its name from a <label>
  }

  /** The form that it belongs to; null: none. */
  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }
  /** The `<label>`s that name it. */
  get labels(): NodeList {
    return this.#internals.labels;
  }
  /** Invalid while it is busy or failed, and while it is `required` and has no result. */
  get validity(): ValidityState {
    return this.#internals.validity;
  }
  /** Why it is invalid, as the form says it; '' while it is valid. */
  get validationMessage(): string {
    return this.#internals.validationMessage;
  }
  /** False where it is disabled. */
  get willValidate(): boolean {
    return this.#internals.willValidate;
  }
  /** Whether it may be sent; where not, an 'invalid' event says so. */
  checkValidity(): boolean {
    return this.#internals.checkValidity();
  }
  /** The same, and the browser tells the user. */
  reportValidity(): boolean {
    return this.#internals.reportValidity();
  }

  /** Returns whether it may be sent; `anchor`: what the browser's message points at. */
  protected setValidity({ busy, error, result }: FormState, anchor: HTMLElement): boolean {
    const internals = this.#internals;
    const missing = this.required && !result;
    if (busy)
      internals.setValidity({ customError: true }, 'The picture is being segmented.', anchor);
    else if (error) internals.setValidity({ customError: true }, error.message, anchor);
    else if (missing)
      internals.setValidity({ valueMissing: true }, 'A picture is missing.', anchor);
    else internals.setValidity({});
    return internals.validity.valid;
  }

  /** Resolves once the form has the value of `state`, or at once where no form asks for it. */
  protected async setValue({ result, manifest }: FormState): Promise<void> {
    if (!this.form) return; // it may be put back: then it has at once what it had
    const { name } = this;
    if (!name || !result || !manifest) {
      this.#valueOf = null;
      this.#internals.setFormValue(null);
      return;
    }
    if (this.#valueOf?.result === result && this.#valueOf.name === name) return;
    const turn = (this.#valueOf = { result, name });
    const value = await formValueOf(name, result, manifest);
    if (turn === this.#valueOf) this.#internals.setFormValue(value);
  }
}
