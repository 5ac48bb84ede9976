#include "native/data/sets/generic_folder.h"

#include <algorithm>
#include <set>

#include "native/data/files/csv.h"
#include "native/data/files/image_files.h"
#include "native/system/files.h"
#include "native/system/parallel_for.h"
#include "shared/colour_text.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct Written {
  std::string image, mask;  // below the root
};

Result<Written> writeSample(const NamedPart& part, std::size_t index, const fs::path& root) {
  const SampleFacts facts = part.samples->facts(index);
  const Result<Sample> sample = part.samples->get(index, 0);
  if (!sample) return fail(sample.error());
  const fs::path name = safePath(facts.id);
  const std::string extension = facts.image.empty() ? "" : lowerExtension(facts.image);
  const bool copied = extension == ".png" || extension == ".jpg" || extension == ".jpeg";
  Written written;
  const fs::path image =
      fs::path(part.split) / "images" / (name.string() + (copied ? extension : ".png"));
  written.image = image.string();
  if (Result<void> made = makeFolder((root / image).parent_path()); !made)
    return fail(made.error());
  Result<void> done;
  if (copied) {
    const Result<std::string> bytes = readBytes(facts.image);
    if (!bytes) return fail(bytes.error());
    done = writeBytes(root / image, *bytes, false);
  } else {
    done = writePng(root / image, sample->image.view(), false);
  }
  if (!done || sample->mask.pixels.empty()) return done.map([&] { return written; });
  const fs::path mask = fs::path(part.split) / "masks" / (name.string() + ".png");
  written.mask = mask.string();
  if (Result<void> made = makeFolder((root / mask).parent_path()); !made) return fail(made.error());
  return writePng(root / mask, sample->mask.view(), false).map([&] { return written; });
}

// image,mask,split,group and the attributes of all.
std::string tableOf(const std::vector<NamedPart>& parts,
                    const std::vector<std::vector<Written>>& written) {
  std::set<std::string> attributes;
  bool known = false;
  for (const NamedPart& part : parts) {
    for (std::size_t i = 0; i < part.samples->size(); ++i) {
      const SampleFacts facts = part.samples->facts(i);
      known = known || !facts.group.empty();
      for (const auto& [key, value] : facts.attributes) attributes.insert(key);
    }
  }
  if (!known && attributes.empty()) return "";
  const bool divided = !parts.front().split.empty();
  std::string text = std::string("image,mask") + (divided ? ",split" : "") + ",group";
  for (const std::string& key : attributes) text += "," + csvField(key);
  text += "\n";
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (std::size_t i = 0; i < parts[p].samples->size(); ++i) {
      const SampleFacts facts = parts[p].samples->facts(i);
      text += csvField(written[p][i].image) + "," + csvField(written[p][i].mask);
      if (divided) text += "," + parts[p].split;
      text += "," + csvField(facts.group);
      for (const std::string& key : attributes) {
        const auto value = facts.attributes.find(key);
        text += "," + (value == facts.attributes.end() ? "" : csvField(value->second));
      }
      text += "\n";
    }
  }
  return text;
}

std::string classesText(const std::vector<ClassSpec>& classes) {
  Json list = Json::array();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    list.push_back(
        {{"name", classes[i].name}, {"id", i}, {"color", colourText(classes[i].colour)}});
  }
  // Of two alone, 255 could be the second (folder.cpp).
  if (classes.size() == 2) list.push_back({{"name", "void"}, {"id", kVoidLabel}});
  return Json{{"classes", list}}.dump(1, ' ') + "\n";
}

}  // namespace

fs::path safePath(const std::string& id) {
  fs::path safe;
  for (const fs::path& part : fs::path(id).relative_path()) {
    if (part != ".." && part != "." && !part.empty()) safe /= part;
  }
  return safe;
}

Result<void> writeGenericFolder(const std::vector<NamedPart>& parts, const fs::path& root,
                                const std::function<void()>& written) {
  std::vector<std::vector<Written>> files(parts.size());
  for (std::size_t p = 0; p < parts.size(); ++p) {
    files[p].resize(parts[p].samples->size());
    const ParallelOptions options{.task = "converting", .threads = std::min(coreCount(), 8)};
    Result<void> done =
        parallelFor(parts[p].samples->size(), options, [&](std::size_t i) -> Result<void> {
          Result<Written> one = writeSample(parts[p], i, root);
          if (!one) return fail(one.error());
          files[p][i] = std::move(*one);
          if (written) written();
          return {};
        });
    if (!done) return done;
  }
  const std::vector<ClassSpec> classes = parts.front().samples->classes();
  if (classes.size() > 1) {
    Result<void> done = writeBytes(root / "classes.json", classesText(classes), false);
    if (!done) return done;
  }
  const std::string table = tableOf(parts, files);
  return table.empty() ? Result<void>() : writeBytes(root / "samples.csv", table, false);
}

}  // namespace limbus
