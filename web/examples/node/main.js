// In Node an image is its bytes: here those of a rendered eye. What decodes files is yours to choose.
import { closeCore, renderEye, Segmenter } from 'limbus';
import { eyeS } from 'limbus/models';

const { image, width, height } = await renderEye('openeds2019', 1, 1);
const segmenter = await Segmenter.load(eyeS);
const { mask, areasPx } = await segmenter.segment({ data: image.data, width, height });
console.log(`${mask.length} pixels, areas ${areasPx.join(' ')}`);
segmenter.dispose();
closeCore();
