// Images and masks as people keep them.
//
//   {"dataset": "folder"}                                      finds the usual places
//   {"dataset": "folder", "images": "{split}/*_rgb.jpg", "masks": "{split}/*_gt.png", "void": 11}
//   {"dataset": "folder", "list": "{split}.csv", "classes": "classes.json"}
//
// `images` and `masks` are folders or patterns below ROOT (named_files.h); {split} stands for
// train, validation (or val, valid) or test. Left out, they are found (folder_layout.h). A mask has
// its image's name, or that with one of `suffixes` behind it. `masks` "" reads images only. `list`
// is a CSV file instead (sample_list.h). Where nothing divides the images, training keeps every
// fifth for validation.
//
// Masks hold class numbers (grey or palette PNG, npy), the classes' colours (RGB PNG), or 0 and 255
// where there are two classes; `labels` says which instead of looking at them, or that the numbers
// tell objects of the second class apart (files/objects.h). `classes` is a file of names, colours
// and ids (class_table.h), classes.json or dataset_meta.json where there is one: the recipe's
// classes are then found by name. Two of ids 0 and 1 may be 0 and 255 in masks. `void` is a number
// and `voidColour` a colour ("#000000") that take no part.
#include <algorithm>
#include <iterator>

#include "native/data/sets/class_table.h"
#include "native/data/sets/folder_pairs.h"
#include "native/data/sets/found_labels.h"
#include "native/data/sets/pairs.h"
#include "native/system/files.h"
#include "shared/colour_text.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

const std::vector<EnumName<LabelValues>> kLabelValues = {{LabelValues::either, "either"},
                                                         {LabelValues::numbers, "numbers"},
                                                         {LabelValues::colours, "colours"},
                                                         {LabelValues::binary, "binary"},
                                                         {LabelValues::instances, "instances"}};

constexpr const char* kRemedy =
    "say what they mean with classes[].colour, data.voidColour or data.void, or, where they number "
    "objects, data.labels=instances; `limbus data stats` shows what masks hold";

struct FolderOptions {
  std::string images;  // empty: where they usually lie
  std::string masks;   // likewise
  bool hasMasks = true;
  std::string list;
  std::vector<std::string> suffixes = usualSuffixes();
  std::string classes;
  std::string others;
  LabelValues labels = LabelValues::either;
  int voidLabel = kVoidLabel;
  std::string voidColour;
  bool audit = true;

  void describe(OptionVisitor& v) {
    v.text("images", images,
           "folder or pattern (\"{split}/*_rgb.jpg\") under DATA; left out: the usual places");
    if (v.purpose() != OptionVisitor::Purpose::write || !masks.empty() || !hasMasks) {
      v.text("masks", masks, "folder or pattern; \"\": none; left out: the usual places");
    }
    if (v.given("masks")) hasMasks = !masks.empty();
    v.text("list", list, "instead: a CSV file of image,mask[,split][,group][,attributes]");
    v.texts("suffixes", suffixes, "what a mask's name may have behind its image's");
    v.text("classes", classes,
           "a JSON file of names, colours, ids; left out: classes.json where there is one");
    describeOthers(v, others);
    v.choice("labels", labels, kLabelValues,
             "what masks hold: class numbers, the classes' colours, 0 and 255, numbers of objects, "
             "all of the second class, or what they show");
    v.whole("void", voidLabel, {0, 255}, "the number that takes no part");
    v.text("voidColour", voidColour, "the colour that takes no part, like \"#000000\"");
    v.flag("audit", audit, "read every label, and the size of every image, before anything else");
  }
};

Result<FoundPairs> pairsOf(const DatasetRequest& request, const FolderOptions& options) {
  if (!options.list.empty()) return listedPairs(request, options.list);
  return folderPairs(request, {.images = options.images,
                               .masks = options.masks,
                               .hasMasks = options.hasMasks,
                               .suffixes = options.suffixes});
}

// The file of classes, where one is named or lies there.
Result<ClassTable> namedClasses(const DatasetRequest& request, const FolderOptions& options) {
  std::error_code error;
  if (!options.classes.empty()) return readClassFile(request.root / options.classes);
  for (const char* usual : {"classes.json", "dataset_meta.json"}) {
    const fs::path file = request.root / usual;
    if (fs::exists(file, error)) return readClassFile(file);
  }
  return ClassTable{};
}

// One answer for all parts: what one of them lacks another may show.
bool isBinary(const DatasetRequest& request, const FolderOptions& options, FoundPairs found) {
  for (const char* part : {"train", "validation"}) {
    if (!found.divided || request.split == part) continue;
    DatasetRequest other = request;
    other.split = part;
    other.unchecked = true;
    Result<FoundPairs> more = pairsOf(other, options);
    if (!more) continue;
    std::move(more->pairs.begin(), more->pairs.end(), std::back_inserter(found.pairs));
  }
  return lookBinary(found.pairs);
}

// A file's classes of ids 0 and 1, nothing of it void, as masks of 0 and 255 hold them: 255 is the
// white one, else the second.
void numberByFull(ClassTable& table) {
  ClassTable::Entry* full = &table.entries[table.entries[0].number == 1 ? 0 : 1];
  ClassTable::Entry* empty = &table.entries[full == table.entries.data() ? 1 : 0];
  if (empty->colour == Rgb{255, 255, 255}) std::swap(full, empty);
  full->number = 255;
  empty->number = 0;
}

bool isOfTwo(const ClassTable& table) {
  return table.entries.size() == 2 && table.voidNumbers.empty() &&
         table.entries[0].number + table.entries[1].number == 1;
}

Result<PairRules> rulesOf(const DatasetRequest& request, const FolderOptions& options,
                          const FoundPairs& found) {
  const std::vector<PairFiles>& pairs = found.pairs;
  const std::vector<ClassSpec>& classes = request.classes;
  if (request.unlabelled) return PairRules{.labels = LabelMap::ofClasses(classes)};
  LabelValues values = options.labels;
  Result<ClassTable> table = namedClasses(request, options);
  if (!table) return fail(table.error());
  if (table->entries.empty() && values == LabelValues::either &&
      (classes.empty() || classes.size() == 2) && isBinary(request, options, found)) {
    values = LabelValues::binary;
  }
  if (values == LabelValues::either && isOfTwo(*table) && isBinary(request, options, found)) {
    numberByFull(*table);
  }
  const bool ofTwo = values == LabelValues::binary || values == LabelValues::instances;
  if (table->entries.empty() && classes.empty() && !ofTwo) {
    table = colourClasses(pairs, values == LabelValues::either);
    if (!table) return fail(table.error());
  }
  Result<LabelMap> labels = LabelMap::ofClasses(classes, values);
  if (!table->entries.empty()) labels = labelMapOf(*table, request, values, options.others);
  if (!labels) return fail(labels.error());
  // A class may have the usual number of void for its own.
  const bool isClass = options.voidLabel == kVoidLabel &&
                       std::any_of(table->entries.begin(), table->entries.end(),
                                   [](const auto& entry) { return entry.number == kVoidLabel; });
  if (!isClass) {
    Result<void> added = labels->add(options.voidLabel, "void");
    if (!added) return fail(added.error());
  }
  if (!options.voidColour.empty()) {
    const std::optional<Rgb> colour = parseColour(options.voidColour);
    if (!colour) {
      return fail(ErrorCode::badData,
                  "data.voidColour: expected a colour like \"#ff8800\", got \"" +
                      options.voidColour + "\"");
    }
    if (Result<void> added = labels->add(*colour, "void"); !added) return fail(added.error());
  }
  const bool byRecipe = table->entries.empty() && !classes.empty();
  return PairRules{.labels = std::move(*labels),
                   .classes = chosenClasses(*table, request),
                   .remedy = byRecipe ? kRemedy : ""};
}

Result<std::unique_ptr<Dataset>> openFolder(const DatasetRequest& request,
                                            const FolderOptions& options) {
  Result<FoundPairs> found = pairsOf(request, options);
  if (!found) return fail(found.error());
  Result<PairRules> rules = rulesOf(request, options, *found);
  if (!rules) return fail(rules.error());
  rules->divided = found->divided;
  if (!found->divided && request.divide) found->pairs = fifthOf(request.split, found->pairs);
  return checkedPairs(std::move(found->pairs), std::move(*rules), options.audit, request);
}

}  // namespace

DatasetRow folderRow() {
  return {
      "folder",
      "images and masks in DATA's folders or in a CSV list: equal names, masks of class numbers "
      "(grey or palette PNG, npy), of the classes' colours, or of 0 and 255",
      FolderOptions{}, true, typed<openFolder>};
}

}  // namespace limbus
