// React 19 sets properties (source, assetsUrl) and listens (onresult). React 18 sets attributes alone: there give
// the element a ref, and in an effect set `ref.current.source` and call `ref.current.addEventListener`.
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import 'limbus/element';
import { eyeS } from 'limbus/models';
import { lineOf } from '../line.js';

function Eye() {
  const [file, setFile] = useState(null); // null: what src says
  const [line, setLine] = useState('');
  return (
    <>
      <input type="file" aria-label="Picture" onChange={(e) => setFile(e.target.files[0])} />
      <limbus-segmenter
        src="/eye.png"
        source={file}
        model={eyeS}
        alt="Left eye"
        onresult={(event) => setLine(lineOf(event.detail))}
      />
      <output>{line}</output>
    </>
  );
}

createRoot(document.querySelector('main')).render(<Eye />);
