// When an element comes near the viewport.

/** How near. */
const kNear = '50% 25%';

export class Nearness {
  #observer: IntersectionObserver | null = null;

  constructor(
    private readonly element: Element,
    private readonly onNear: () => void,
  ) {}

  watch(wanted: boolean): void {
    if (wanted === (this.#observer !== null)) return;
    this.#observer?.disconnect();
    this.#observer = null;
    if (!wanted) return;
    this.#observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((each) => each.isIntersecting)) this.onNear();
      },
      { rootMargin: kNear },
    );
    this.#observer.observe(this.element);
  }
}
