// The ways files come in: the two buttons, drop anywhere, paste.
import { byId } from './elements.js';

export interface Intake {
  onImages(files: File[]): void;
  onModel(file: File): void;
}

const isModel = (file: File) => /\.onnx$/i.test(file.name);

export function listenForFiles(intake: Intake): void {
  const take = (list: FileList | null | undefined) => {
    const files = [...(list ?? [])];
    const images = files.filter((file) => !isModel(file));
    if (images.length > 0) intake.onImages(images);
    const model = files.find(isModel);
    if (model) intake.onModel(model);
  };

  const pairs = [
    ['open', 'files'],
    ['open-model', 'model-file'],
  ] as const;
  for (const [button, input] of pairs) {
    const field = byId(input, HTMLInputElement);
    byId(button, HTMLButtonElement).addEventListener('click', () => field.click());
    field.addEventListener('change', () => {
      take(field.files);
      field.value = ''; // the same file may be chosen again
    });
  }

  const curtain = byId('drop', HTMLDivElement);
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  document.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    curtain.hidden = false;
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) curtain.hidden = true;
  });
  document.addEventListener('drop', (event) => {
    curtain.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    take(event.dataTransfer?.files);
  });
  document.addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) take(event.clipboardData.files);
  });
}
