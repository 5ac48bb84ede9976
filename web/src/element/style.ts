// The look of <limbus-segmenter>. A constructed sheet: allowed by a policy without 'unsafe-inline', and
// nothing of it leaves the shadow root.

const kStyle = `
:host {
  --_line: color-mix(in srgb, currentColor 16%, transparent);
  --_soft: color-mix(in srgb, currentColor 72%, transparent);
  --_accent: var(--limbus-accent, #2c9ab3);
  --_radius: var(--limbus-radius, 12px);
  display: inline-grid;
  grid-template: minmax(0, 1fr) auto / minmax(0, 1fr);
  position: relative;
  box-sizing: border-box;
  inline-size: fit-content;
  min-inline-size: min(100%, 17rem);
  max-inline-size: 100%;
  vertical-align: top;
  align-self: start; /* a flex container would stretch the frame, not the picture */
  font-size: 0.875rem;
  line-height: 1.4;
}
:host([hidden]),
[hidden] {
  display: none !important;
}
:host(:disabled) {
  opacity: 0.55;
}
* {
  box-sizing: border-box;
}
.frame {
  position: relative;
  align-self: stretch;
  min-block-size: 0;
  inline-size: var(--_width, 24rem);
  min-inline-size: 100%;
  max-inline-size: 100%;
  aspect-ratio: var(--_ratio, 8 / 5);
  overflow: hidden;
  border-radius: var(--_radius);
  background: var(--limbus-background, color-mix(in srgb, currentColor 7%, transparent));
}
.frame::after {
  content: '';
  position: absolute;
  inset: 0;
  border-radius: inherit;
  box-shadow: inset 0 0 0 1px var(--_line);
  pointer-events: none;
}
.view,
.poster,
.fallback,
canvas,
img,
.poster ::slotted(*) {
  position: absolute;
  inset: 0;
  inline-size: 100%;
  block-size: 100%;
}
canvas,
img {
  display: block;
  object-fit: contain;
}
.poster ::slotted(*) {
  object-fit: contain;
}
.frame:focus-visible {
  outline: 3px solid var(--_accent);
  outline-offset: -3px;
}
.mask {
  opacity: var(--_opacity, var(--limbus-opacity, 0.4));
}
.mask,
.outlines {
  transition: visibility 0s;
}
.found .mask,
.found .outlines {
  animation: appear 0.35s ease-out backwards;
}
.view[data-overlay='none'] :is(.mask, .outlines),
.view[data-overlay='outlines'] .mask {
  visibility: hidden;
}
.fallback {
  display: grid;
  place-items: center;
  padding: 1rem;
  color: var(--_soft);
  text-align: center;
}
.progress,
.error {
  position: absolute;
  inset-inline: 0;
  inset-block-end: 0;
  padding: 0.75rem;
  display: flex;
}
.progress {
  animation: appear 0.2s 0.3s backwards;
  pointer-events: none;
}
.pill {
  display: grid;
  gap: 0.4rem;
  min-inline-size: min(100%, 11rem);
  padding: 0.5rem 0.85rem 0.6rem;
  border-radius: 0.8rem;
  background: #0b0f15d9;
  color: #eef2f7;
  font-size: 0.8125rem;
  font-variant-numeric: tabular-nums;
  backdrop-filter: blur(6px);
}
.bar {
  block-size: 4px;
  border-radius: 2px;
  overflow: hidden;
  background: #ffffff30;
}
.bar > div {
  block-size: 100%;
  inline-size: 100%;
  border-radius: inherit;
  background: var(--limbus-accent, #5cc3da);
  transform-origin: left;
  transition: transform 0.15s linear;
}
.bar:dir(rtl) > div {
  transform-origin: right;
}
.bar:not([aria-valuenow]) > div {
  inline-size: 35%;
  animation: travel 1.2s ease-in-out infinite;
}
.notice {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.5rem 0.9rem;
  max-block-size: 100%;
  overflow: auto;
  padding: 0.6rem 0.85rem;
  border-radius: 0.8rem;
  background: #fdecee;
  color: #8d1622;
  box-shadow: 0 1px 6px #0003;
  overflow-wrap: anywhere;
}
.notice > span {
  flex: 1 1 12rem;
}
button {
  font: inherit;
  font-weight: 600;
  color: inherit;
  min-block-size: 2rem;
  padding: 0.2rem 0.8rem;
  border: 1px solid currentColor;
  border-radius: 0.5rem;
  background: transparent;
  cursor: pointer;
}
button:hover {
  background: #8d162214;
}
button:focus-visible {
  outline: 2px solid currentColor;
  outline-offset: 2px;
}
.legend {
  inline-size: 0;
  min-inline-size: 100%;
}
ul {
  display: flex;
  flex-wrap: wrap;
  gap: 0.25rem 1.1rem;
  margin: 0;
  padding: 0.6rem 0.25rem 0.1rem;
  list-style: none;
}
li {
  display: inline-flex;
  flex-wrap: wrap;
  align-items: baseline;
  gap: 0 0.45rem;
  min-inline-size: 0;
  overflow-wrap: anywhere;
}
.swatch {
  align-self: center;
  inline-size: 0.75rem;
  block-size: 0.75rem;
  border-radius: 0.25rem;
  box-shadow: inset 0 0 0 1px #0003;
  forced-color-adjust: none;
}
.size {
  color: var(--_soft);
  font-variant-numeric: tabular-nums;
}
.unseen {
  position: absolute;
  inline-size: 1px;
  block-size: 1px;
  margin: 0;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
@keyframes appear {
  from {
    opacity: 0;
  }
}
@keyframes travel {
  from {
    transform: translateX(-110%);
  }
  to {
    transform: translateX(300%);
  }
}
@media (prefers-color-scheme: dark) {
  .notice {
    background: #3a171c;
    color: #ffb3ba;
  }
  button:hover {
    background: #ffb3ba1f;
  }
}
@media (prefers-reduced-motion: reduce) {
  *,
  *::before,
  *::after {
    animation-duration: 0s !important;
    animation-iteration-count: 1 !important;
    transition: none !important;
  }
  .bar:not([aria-valuenow]) > div {
    inline-size: 100%;
    opacity: 0.5;
  }
}
@media (forced-colors: active) {
  .frame::after,
  .pill,
  .notice {
    border: 1px solid CanvasText;
  }
  .bar {
    border: 1px solid CanvasText;
  }
  .bar > div {
    background: Highlight;
    forced-color-adjust: none;
  }
}
`;

const sheets = new WeakMap<Document, CSSStyleSheet>();

/** A sheet belongs to the document that it was made in; all elements of one share it. */
export function sheetOf(document: Document): CSSStyleSheet {
  let sheet = sheets.get(document);
  if (!sheet) {
    sheet = new (document.defaultView ?? window).CSSStyleSheet();
    sheet.replaceSync(kStyle);
    sheets.set(document, sheet);
  }
  return sheet;
}
