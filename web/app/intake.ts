// The ways files come in: the buttons, drop anywhere (folders too), paste.
import { byId } from './elements.js';
import { showError, showMessage } from './messages.js';
import { isVideo } from './videos.js';

/** `beside`: what came with it from the same folder, and may hold its weights. */
export interface OpenedModel {
  file: File;
  beside: File[];
}

export interface Intake {
  onImages(files: File[]): void;
  onVideos(files: File[]): void;
  onModels(models: OpenedModel[]): void;
}

const isModel = (file: File) => /\.onnx$/i.test(file.name);
const isImage = (file: File) => /^image\/(?!svg)/.test(file.type);
/** As exporters name them; with a model any other file may hold some, too. */
const isWeights = (file: File) => /\.data$|\.onnx_data(_\d+)?$/i.test(file.name);

export function listenForFiles(intake: Intake): void {
  /** With a model its weights may come, whose names only it knows: what is no image is none that fails. */
  const take = (files: File[]) => {
    const models = files.filter(isModel);
    const videos = files.filter(isVideo);
    const others = files.filter((file) => !isModel(file) && !isVideo(file));
    const images = others.filter(models.length > 0 ? isImage : (file) => !isWeights(file));
    if (images.length > 0) intake.onImages(images);
    if (videos.length > 0) intake.onVideos(videos);
    if (models.length === 0)
      for (const { name } of others.filter(isWeights))
        showError(name, 'these are the weights of a model; open its .onnx together with them');
    const beside = (model: File) =>
      others.filter((file) => !isImage(file) && folderOf(file) === folderOf(model));
    if (models.length > 0) intake.onModels(models.map((file) => ({ file, beside: beside(file) })));
  };
  /** Of a folder only images, videos and models: notes and tables beside them are no mistake. */
  const takeFolder = (files: File[]) => {
    const known = files.filter((file) => [isModel, isImage, isVideo].some((is) => is(file)));
    if (known.length > 0) take((known.some(isModel) ? files : known).sort(byPath));
    else showMessage('warn', 'There is no image, no video and no .onnx model in this folder.');
  };

  const pairs = [
    ['open', 'files'],
    ['open-folder', 'folder'],
    ['open-model', 'model-file'],
  ] as const;
  for (const [button, input] of pairs) {
    const field = byId(input, HTMLInputElement);
    byId(button, HTMLButtonElement).addEventListener('click', () => field.click());
    field.addEventListener('change', () => {
      const files = [...(field.files ?? [])];
      if (field.webkitdirectory) takeFolder(files);
      else take(files);
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
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
    if (entries.some((entry) => entry?.isDirectory))
      void filesBelow(entries).then(takeFolder, (error) => showError('The dropped folder', error));
    else take([...(event.dataTransfer?.files ?? [])]);
  });
  document.addEventListener('paste', (event) => {
    const { clipboardData: data } = event;
    if (!data?.files.length || document.activeElement?.matches(':read-write')) return;
    if (!isText(data)) take([...data.files]);
  });
}

/** Office programs give a picture of what was copied along; of a web page's picture there is its element but no words. */
function isText(data: DataTransfer): boolean {
  return data.getData('text/html') !== '' && data.getData('text/plain').trim() !== '';
}

function byPath(a: File, b: File): number {
  return pathOf(a).localeCompare(pathOf(b), 'en', { numeric: true });
}

const paths = new WeakMap<File, string>(); // of files that came in a dropped folder

/** Where a file lies in the folder that it came in, else its name. */
export function pathOf(file: File): string {
  return paths.get(file) ?? (file.webkitRelativePath || file.name);
}

const folderOf = (file: File) => pathOf(file).slice(0, -file.name.length);

/** All files of dropped folders, and those dropped beside them. */
async function filesBelow(entries: (FileSystemEntry | null)[]): Promise<File[]> {
  const files: File[] = [];
  for (const entry of entries) {
    if (entry?.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      paths.set(file, entry.fullPath.replace(/^\//, ''));
      files.push(file);
    } else if (entry?.isDirectory) {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      for (;;) {
        const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
          reader.readEntries(resolve, reject),
        ); // a hundred at a time
        if (part.length === 0) break;
        files.push(...(await filesBelow(part)));
      }
    }
  }
  return files;
}
