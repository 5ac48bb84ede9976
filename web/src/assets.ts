import { urlOf } from './url.js';

/** `assetsUrl` as a folder, with or without a slash at its end. */
export function folderOf(assetsUrl: string | URL): URL {
  const folder = urlOf(assetsUrl);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}
