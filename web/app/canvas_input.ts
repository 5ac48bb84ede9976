// Mouse, pen, touch, wheel and keys of one element, as the canvas wants them: CSS pixels from its
// top left corner. One finger acts as the mouse; two zoom and move.

export interface Position {
  x: number;
  y: number;
}

export interface CanvasInput {
  /** button -1: a move. */
  pointer(at: Position, button: number, down: boolean): void;
  leave(): void;
  /** deltaY in pixels. */
  wheel(at: Position, deltaY: number): void;
  pinch(at: Position, dx: number, dy: number, factor: number): void;
  /** modifiers: 1 control or command, 2 shift, 4 alt. True when the canvas used the key. */
  key(name: string, down: boolean, modifiers: number): boolean;
}

const kPixelsPerUnit = [1, 33, 400]; // WheelEvent.deltaMode: pixels, lines, pages
const kTouchpadPinch = 6; // it comes as small steps of the wheel with control

export function listenForInput(element: HTMLElement, target: CanvasInput): void {
  const touches = new Map<number, Position>();

  const position = (event: MouseEvent): Position => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  /** True when the event belongs to two fingers. down: null for a move. */
  const twoFingers = (id: number, at: Position, down: boolean | null): boolean => {
    const before = [...touches.values()];
    if (down === false) touches.delete(id);
    else if (down || touches.has(id)) touches.set(id, at);
    const now = [...touches.values()];
    const [a, b] = now;
    const [c, d] = before;
    if (down === null && a && b && c && d) {
      const spread = Math.hypot(a.x - b.x, a.y - b.y) / Math.hypot(c.x - d.x, c.y - d.y);
      const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
      const factor = Number.isFinite(spread) ? spread : 1;
      target.pinch(middle, middle.x - (c.x + d.x) / 2, middle.y - (c.y + d.y) / 2, factor);
    } else if (down && now.length === 2) {
      target.leave(); // the first finger's drag is over
    }
    return before.length > 1 || now.length > 1;
  };

  const pointer = (event: PointerEvent, down: boolean | null) => {
    const at = position(event);
    const touch = event.pointerType === 'touch';
    if (down) element.setPointerCapture(event.pointerId);
    if (touch && twoFingers(event.pointerId, at, down)) return;
    if (!touch && down !== null && event.button !== 0) return;
    target.pointer(at, down === null ? -1 : 0, down ?? false);
    if (touch && down === false) target.leave(); // a finger that is gone hovers nowhere
  };

  const key = (event: KeyboardEvent, down: boolean) => {
    if (event.isComposing) return;
    const modifiers =
      Number(event.ctrlKey || event.metaKey) +
      2 * Number(event.shiftKey) +
      4 * Number(event.altKey);
    const used = target.key(event.key, down, modifiers);
    if (used && event.key !== 'Tab') event.preventDefault();
  };

  element.addEventListener('pointerdown', (event) => pointer(event, true));
  element.addEventListener('pointermove', (event) => pointer(event, null));
  element.addEventListener('pointerup', (event) => pointer(event, false));
  element.addEventListener('pointercancel', (event) => pointer(event, false));
  element.addEventListener('pointerleave', () => target.leave());
  element.addEventListener('keydown', (event) => key(event, true));
  element.addEventListener('keyup', (event) => key(event, false));
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const unit = kPixelsPerUnit[event.deltaMode] ?? 1;
      target.wheel(position(event), event.deltaY * unit * (event.ctrlKey ? kTouchpadPinch : 1));
    },
    { passive: false },
  );
}
