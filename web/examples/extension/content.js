// In pages of other origins.
const at = (path) => chrome.runtime.getURL(path);
const picture = at('eye.png');

function say(id, text) {
  const output = document.createElement('output');
  output.id = id;
  output.textContent = text;
  document.body.append(output);
}

// A page of the extension in a frame, for what is to be seen: no policy of the page touches it.
const frame = document.createElement('iframe');
frame.src = at('popup.html');
document.body.append(frame);

// By the offscreen document, for figures alone.
chrome.runtime
  .sendMessage({ to: 'background', url: picture })
  .then((line) => say('by-offscreen', line));

// Here, where the page's policy lets a worker start from blob:.
async function here() {
  const [{ Segmenter }, { lineOf }] = await Promise.all(
    ['limbus/index.js', 'line.js'].map((name) => import(at(name))),
  );
  const options = { assetsUrl: at('limbus/limbus'), crossOriginWorker: true };
  const segmenter = await Segmenter.load(at('limbus/limbus/eye-s.onnx'), options);
  const file = await (await fetch(picture)).blob();
  const line = lineOf(await segmenter.segment(file));
  segmenter.dispose();
  return line;
}
here().then(
  (line) => say('here', line),
  (error) => say('here', `failed: ${error.message}`),
);
