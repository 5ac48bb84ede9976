// A service worker has no workers: what wants one is asked of an offscreen document, which is a page.
let opening = null;

async function ask(url) {
  opening ??= chrome.offscreen.createDocument({
    url: 'offscreen.html',
    reasons: ['WORKERS'],
    justification: 'a network runs in a worker',
  });
  await opening;
  return chrome.runtime.sendMessage({ to: 'offscreen', url });
}

chrome.runtime.onMessage.addListener(({ to, url }, _, answer) => {
  if (to !== 'background') return false;
  ask(url).then(answer);
  return true;
});
