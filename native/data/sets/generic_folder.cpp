#include "native/data/sets/generic_folder.h"

#include <algorithm>
#include <map>
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

// Of an image file that is taken as it is; empty: it is written anew.
std::string copiedExtension(const SampleFacts& facts) {
  const std::string extension = facts.image.empty() ? "" : lowerExtension(facts.image);
  const bool copied = extension == ".png" || extension == ".jpg" || extension == ".jpeg";
  return copied ? extension : "";
}

// Without a mask the sample has none, and loses its path.
Result<void> writeSample(const NamedPart& part, std::size_t index, const fs::path& root,
                         SampleFiles& files) {
  const SampleFacts facts = part.samples->facts(index);
  const Result<Sample> sample = part.samples->get(index, 0);
  if (!sample) return fail(sample.error());
  const fs::path image = root / files.image;
  if (Result<void> made = makeFolder(image.parent_path()); !made) return made;
  Result<void> done;
  if (!copiedExtension(facts).empty()) {
    const Result<std::string> bytes = readBytes(facts.image);
    if (!bytes) return fail(bytes.error());
    done = writeBytes(image, *bytes, false);
  } else {
    done = writePng(image, sample->image.view(), false);
  }
  if (!done) return done;
  if (sample->mask.pixels.empty()) {
    files.mask.clear();
    return done;
  }
  const fs::path mask = root / files.mask;
  if (Result<void> made = makeFolder(mask.parent_path()); !made) return made;
  return writePng(mask, sample->mask.view(), false);
}

// image,mask,split,group and the attributes of all.
std::string tableOf(const std::vector<NamedPart>& parts,
                    const std::vector<std::vector<SampleFiles>>& written) {
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
      text += csvField(written[p][i].image.string()) + "," + csvField(written[p][i].mask.string());
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

Result<std::vector<std::vector<SampleFiles>>> genericFiles(const std::vector<NamedPart>& parts) {
  std::vector<std::vector<SampleFiles>> files(parts.size());
  std::map<fs::path, std::string> taken;  // by whose id
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const fs::path split = parts[p].split;
    for (std::size_t i = 0; i < parts[p].samples->size(); ++i) {
      const SampleFacts facts = parts[p].samples->facts(i);
      const std::string extension = copiedExtension(facts);
      const std::string name = safePath(facts.id).string();
      SampleFiles one{split / "images" / (name + (extension.empty() ? ".png" : extension)),
                      split / "masks" / (name + ".png")};
      const auto [other, isNew] = taken.emplace(one.mask, facts.id);
      if (!isNew) {
        return fail(ErrorCode::badData, "the samples '" + other->second + "' and '" + facts.id +
                                            "' would both be written as " + name +
                                            ".png; rename the files of one of them");
      }
      files[p].push_back(std::move(one));
    }
  }
  return files;
}

Result<void> writeGenericFolder(const std::vector<NamedPart>& parts, const fs::path& root,
                                const std::function<void()>& written) {
  Result<std::vector<std::vector<SampleFiles>>> planned = genericFiles(parts);
  if (!planned) return fail(planned.error());
  std::vector<std::vector<SampleFiles>>& files = *planned;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const ParallelOptions options{.task = "converting", .threads = std::min(coreCount(), 8)};
    Result<void> done =
        parallelFor(parts[p].samples->size(), options, [&](std::size_t i) -> Result<void> {
          Result<void> one = writeSample(parts[p], i, root, files[p][i]);
          if (one && written) written();
          return one;
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
