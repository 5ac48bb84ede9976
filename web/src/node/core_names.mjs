// What `limbus/core` finds under browser names when it runs in Node, lib/node/core_alone.js.
export { fetch } from './fetch.mjs';
export { location } from './page_names.mjs';
export { ImageData, self } from './worker_names.mjs';
