// Keeps the page for visits without a network (service_worker.ts), and says so in one line of the footer.
import { byId, make } from './elements.js';

/** Called when the first image is done: nothing that a visitor waits for gives way to this. */
export async function keepForOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return; // no HTTPS, or switched off
  try {
    const { serviceWorker } = navigator;
    const registration = await serviceWorker.register('service_worker.js');
    const follow = (worker: ServiceWorker | null) => {
      const look = () => {
        if (worker?.state === 'installed' && serviceWorker.controller) offerUpdate(worker);
        if (worker?.state === 'activated' && !replaced) say('Works offline, too.');
      };
      worker?.addEventListener('statechange', look);
      look();
    };
    follow(registration.waiting ?? registration.installing ?? registration.active);
    registration.addEventListener('updatefound', () => follow(registration.installing));
    document.addEventListener('visibilitychange', () => {
      // A page that stays open learns of a new version when it is looked at again.
      if (document.visibilityState === 'visible') registration.update().catch(() => {});
    });
  } catch {
    // Only a convenience: the page works without.
  }
}

/** Another tab brought a new version, and what this one still runs is kept no more. */
let replaced = false;

/** From the page's start on: an update in another tab waits for no image here. */
export function followNewVersions(): void {
  if (!('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  let had = serviceWorker.controller !== null;
  serviceWorker.addEventListener('controllerchange', () => {
    replaced = had;
    had = true;
    if (replaced)
      say(
        'A new version is in use. ',
        reloadButton(() => location.reload()),
      );
  });
}

function offerUpdate(worker: ServiceWorker): void {
  const takeOver = () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
    worker.postMessage('take over');
  };
  say('A new version is ready. ', reloadButton(takeOver));
}

function reloadButton(onClick: () => void): HTMLButtonElement {
  const button = make('button', { type: 'button', id: 'update' }, 'Reload');
  button.addEventListener('click', onClick);
  return button;
}

function say(...what: (string | Node)[]): void {
  byId('offline', HTMLSpanElement).replaceChildren(...what);
}
