// No bundler: the package by its path, onnxruntime-web beside it in node_modules.
import { Segmenter } from '/node_modules/limbus/lib/index.js';
import { eyeS } from '/node_modules/limbus/lib/models.js';

const segmenter = await Segmenter.load(eyeS);
const file = await (await fetch('/eye.png')).blob();
const { width, height, areasPx, eye } = await segmenter.segment(file);
segmenter.dispose();
const pupil = eye?.pupilDiameterPx?.toFixed(2) ?? 'no';
document.body.textContent = `${width} x ${height}, areas ${areasPx.join(' ')}, pupil ${pupil} px`;
