// Messages that stay until they are closed: errors and warnings, read aloud (role=alert).
import { LimbusError } from '../src/index.js';
import { byId, make } from './elements.js';

const kAtMost = 4;

export function textOf(error: unknown): string {
  if (error instanceof LimbusError || error instanceof Error) return error.message;
  return String(error);
}

export function showMessage(kind: 'error' | 'warn', text: string): void {
  const list = byId('messages', HTMLDivElement);
  for (const old of list.children) if (old.firstChild?.textContent === text) old.remove();
  const close = make('button', { type: 'button', 'aria-label': 'Close this message' }, '×');
  const box = make(
    'div',
    { class: kind === 'warn' ? 'message warn' : 'message', role: 'alert' },
    make('span', {}, text),
    close,
  );
  close.addEventListener('click', () => box.remove());
  list.append(box);
  while (list.children.length > kAtMost) list.firstElementChild?.remove();
}

export function showError(where: string, error: unknown): void {
  showMessage('error', where ? `${where}: ${textOf(error)}` : textOf(error));
}

export function clearMessages(): void {
  byId('messages', HTMLDivElement).replaceChildren();
}

/** The line over the canvas: what is going on; empty when nothing is. */
export function showState(text: string): void {
  const state = byId('state', HTMLParagraphElement);
  if (state.textContent !== text) state.textContent = text;
}
