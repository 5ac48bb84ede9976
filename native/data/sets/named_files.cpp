#include "native/data/sets/named_files.h"

#include <algorithm>

#include "native/system/files.h"
#include "native/system/folder.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct Pattern {
  fs::path folder;
  std::string before, after;  // around the name, below the folder
  bool anyExtension = true;
};

Result<Pattern> parsePattern(const fs::path& path) {
  std::string text = path.string();
  static const std::string kName = "{name}";
  if (const std::size_t star = text.find('*'); star != std::string::npos) {
    text.replace(star, 1, kName);
  }
  const std::size_t at = text.find(kName);
  if (at == std::string::npos) return Pattern{.folder = path, .before = "", .after = ""};
  Pattern pattern;
  const std::string before = text.substr(0, at);
  const std::size_t slash = before.rfind('/');
  pattern.folder = slash == std::string::npos ? "." : before.substr(0, slash + 1);
  pattern.before = slash == std::string::npos ? before : before.substr(slash + 1);
  pattern.after = text.substr(at + kName.size());
  pattern.anyExtension = pattern.after.find('.') == std::string::npos;
  if (pattern.after.find('*') != std::string::npos ||
      pattern.after.find(kName) != std::string::npos) {
    return fail(ErrorCode::badArgument,
                path.string() + ": a pattern has one place for the name ({name} or *)");
  }
  return pattern;
}

bool endsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The name of a file at this path below the folder; empty: not one of them.
std::string nameOf(const Pattern& pattern, const fs::path& below,
                   const std::vector<std::string>& extensions) {
  std::string path = below.generic_string();
  if (pattern.anyExtension) {
    const std::string extension = lowerExtension(below);
    if (std::find(extensions.begin(), extensions.end(), extension) == extensions.end()) return "";
    path.resize(path.size() - extension.size());
  }
  if (path.size() <= pattern.before.size() + pattern.after.size()) return "";
  if (path.compare(0, pattern.before.size(), pattern.before) != 0) return "";
  if (!endsWith(path, pattern.after)) return "";
  return path.substr(pattern.before.size(),
                     path.size() - pattern.before.size() - pattern.after.size());
}

// Whether a link leads to a folder that it is found in, however far up, or to one below the root,
// whose files are found anyway.
bool leadsBack(const fs::path& link, const fs::path& root) {
  if (liesIn(link, root)) return true;
  for (fs::path folder = link.parent_path();; folder = folder.parent_path()) {
    if (liesIn(folder, link)) return true;
    if (folder == root || folder.string().size() <= root.string().size()) return false;
  }
}

}  // namespace

Result<std::map<std::string, fs::path>> namedFiles(const fs::path& path,
                                                   const std::vector<std::string>& extensions) {
  const Result<Pattern> pattern = parsePattern(path);
  if (!pattern) return fail(pattern.error());
  std::error_code error;
  if (!fs::is_directory(pattern->folder, error)) {
    return fail(ErrorCode::notFound, pattern->folder.string() + ": no such folder");
  }
  std::map<std::string, fs::path> files;
  const std::size_t root = fs::path(pattern->folder / "").string().size();
  fs::recursive_directory_iterator entry(pattern->folder,
                                         fs::directory_options::follow_directory_symlink, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::path& file = entry->path();
    if (file.filename().string()[0] == '.') {
      entry.disable_recursion_pending();
      continue;
    }
    std::error_code ignored;
    if (entry->is_symlink(ignored) && entry->is_directory(ignored) &&
        leadsBack(file, pattern->folder)) {
      entry.disable_recursion_pending();
      continue;
    }
    const std::string name = nameOf(*pattern, file.string().substr(root), extensions);
    if (name.empty() || !entry->is_regular_file(ignored)) continue;
    const auto [place, isNew] = files.emplace(name, file);
    if (isNew) continue;
    return fail(ErrorCode::badData, std::max(file, place->second).string() +
                                        ": there is another file of this name, " +
                                        std::min(file, place->second).filename().string() +
                                        "; keep one of them, or say which with a pattern");
  }
  if (error) {
    return fail(ErrorCode::io, pattern->folder.string() + ": cannot be read: " + error.message());
  }
  return files;
}

}  // namespace limbus
