// The form's elements: fields by name, a note and an error beside each, what is locked or hidden.
import { byId, make } from './elements.js';
import type { Fields } from './manifest_fields.js';

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
export type Name = keyof Fields;

export class Controls {
  readonly form = byId('manifest-form', HTMLFormElement);
  private readonly notes = new Map<string, HTMLElement>();
  private readonly errors = new Map<string, HTMLElement>();

  constructor() {
    for (const element of this.form.elements) {
      if (!isControl(element) || element.name === '') continue;
      const box = element.closest('.field');
      if (!box) throw new Error(`index.html: '${element.name}' has no .field around it`);
      const note = make('span', { class: 'said', id: `${element.name}-said` });
      const error = make('span', { class: 'wrong', id: `${element.name}-wrong` });
      box.append(note, error);
      element.setAttribute('aria-describedby', `${note.id} ${error.id}`);
      this.notes.set(element.name, note);
      this.errors.set(element.name, error);
    }
  }

  control(name: Name): Control {
    const found = this.form.elements.namedItem(name);
    if (!isControl(found)) throw new Error(`index.html has no field '${name}'`);
    return found;
  }

  /** The fields as they stand, of the names of `like`. */
  read(like: Fields): Fields {
    const read: Record<string, string | boolean> = {};
    for (const name of Object.keys(like) as Name[]) {
      const control = this.control(name);
      read[name] = isCheck(control) ? control.checked : control.value;
    }
    return read as unknown as Fields;
  }

  /** Only what differs is set, so that the caret stays. */
  write(fields: Fields): void {
    for (const [name, value] of Object.entries(fields) as [Name, string | boolean][]) {
      const control = this.control(name);
      if (isCheck(control)) control.checked = Boolean(value);
      else if (control.value !== value) control.value = String(value);
    }
  }

  choices(name: Name, list: { value: string; text: string }[]): void {
    this.control(name).replaceChildren(
      ...list.map(({ value, text }) => make('option', { value }, text)),
    );
  }

  allow(name: Name, values: readonly string[]): void {
    for (const option of this.control(name).querySelectorAll('option'))
      option.disabled = !values.includes(option.value);
  }

  /** What the file fixes can be read and not changed. */
  lock(name: Name, locked: boolean): void {
    const control = this.control(name);
    if (control instanceof HTMLSelectElement || isCheck(control)) control.disabled = locked;
    else control.readOnly = locked;
  }

  show(name: Name, shown: boolean): void {
    this.control(name).closest<HTMLElement>('.field')!.hidden = !shown;
  }

  note(notes: Partial<Record<Name, string>>): void {
    for (const [name, element] of this.notes) {
      const text = notes[name as Name] ?? '';
      if (element.textContent !== text) element.textContent = text;
    }
  }

  /** One error at most; a field behind "More" opens it. */
  refuse(name: Name | null, text = ''): void {
    for (const [key, element] of this.errors) {
      const wrong = key === name;
      const shown = wrong ? text : '';
      if (element.textContent !== shown) element.textContent = shown;
      this.control(key as Name).toggleAttribute('aria-invalid', false);
    }
    if (name === null) return;
    const control = this.control(name);
    control.setAttribute('aria-invalid', 'true');
    const more = control.closest('details');
    if (more) more.open = true;
  }
}

function isControl(element: unknown): element is Control {
  return (
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement
  );
}

function isCheck(control: Control): control is HTMLInputElement {
  return control instanceof HTMLInputElement && control.type === 'checkbox';
}
