/** `assetsUrl` as a folder, with or without a slash at its end. */
export function folderOf(assetsUrl: string | URL): URL {
  const folder = new URL(assetsUrl, location.href);
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}
