#include "native/data/augment.h"

#include "native/data/augment_families.h"
#include "shared/json_reader.h"
#include "shared/options.h"

namespace limbus {
namespace {

Result<Augmentation> parseOne(const Json& json, const std::string& where) {
  if (!json.is_object()) {
    return fail(ErrorCode::badData,
                where + ": expected an object with a name, got " + describeJson(json));
  }
  std::string name;
  Augmentation augmentation;
  JsonReader reader(json, where);
  reader.required("name").read("name", name).read("p", augmentation.probability, 0.0, 1.0);
  if (reader.failed() || name.empty()) {
    const std::optional<Error> error = reader.finish();
    return fail(error ? *error : Error{ErrorCode::badData, where + ".name: must not be empty"});
  }
  augmentation.row = findRow(augmentations(), name);
  if (augmentation.row == nullptr) {
    return fail(ErrorCode::badData,
                where + ": " + unknownName("augmentation", name, namesOf(augmentations())));
  }
  for (const AugmentationOption& option : augmentation.row->options) {
    double value = option.defaultValue;
    reader.read(option.name, value, -1e6, 1e6);
    augmentation.options[option.name] = value;
  }
  if (std::optional<Error> error = reader.finish()) return fail(*error);
  return augmentation;
}

}  // namespace

const std::vector<AugmentationRow>& augmentations() {
  static const std::vector<AugmentationRow> rows = [] {
    std::vector<AugmentationRow> all;
    for (const auto& family :
         {geometricAugmentations(), photometricAugmentations(), degradingAugmentations()}) {
      all.insert(all.end(), family.begin(), family.end());
    }
    return all;
  }();
  return rows;
}

Result<std::vector<Augmentation>> parseAugmentations(const std::string& text,
                                                     const std::string& where) {
  Result<Json> json = parseJson(text, where);
  if (!json) return fail(json.error());
  if (!json->is_array()) {
    return fail(ErrorCode::badData,
                where + ": expected a list of augmentations, got " + describeJson(*json));
  }
  std::vector<Augmentation> list;
  for (std::size_t i = 0; i < json->size(); ++i) {
    Result<Augmentation> one = parseOne((*json)[i], where + "[" + std::to_string(i) + "]");
    if (!one) return fail(one.error());
    list.push_back(std::move(*one));
  }
  return list;
}

Result<void> augment(Pair& pair, const std::vector<Augmentation>& list, Random& random,
                     const SampleSource& others) {
  for (const Augmentation& augmentation : list) {
    if (!random.chance(augmentation.probability)) continue;
    const AugmentationRow& row = *augmentation.row;
    if (row.combine == nullptr) {
      row.apply(pair, augmentation.options, random);
      continue;
    }
    Result<void> combined = row.combine(pair, augmentation.options, random, others);
    if (!combined) {
      return fail(combined.error().code, std::string(row.name) + ": " + combined.error().message);
    }
  }
  return {};
}

}  // namespace limbus
