// The names and colours of a data set brought to the classes of a recipe.
//
// A recipe may leave out classes of the data set; what they become it says with "others": the name
// of one of its classes, or "void". A class of the recipe that the data set does not have is an
// error, unless it is the one for the others.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "native/data/dataset.h"
#include "native/data/label_map.h"
#include "shared/options/options.h"
#include "shared/result.h"

namespace limbus {

// For a reader's describe(): the option "others".
void describeOthers(OptionVisitor& v, std::string& others);

// The label of what the recipe leaves out: of the class of this name, or kVoidLabel.
Result<int> labelOfOthers(const std::vector<ClassSpec>& classes, const std::string& others);

std::vector<ClassSpec> classesOf(const ClassTable& table);

// The classes that masks will hold: the recipe's, or all of the data set's.
std::vector<ClassSpec> chosenClasses(const ClassTable& table, const DatasetRequest& request);

// From each name of the data set to the label in masks: a class of the recipe (without one: its own
// place in `names`), or kVoidLabel.
Result<std::map<std::string, int>> labelsByName(const std::vector<std::string>& names,
                                                const std::vector<ClassSpec>& classes,
                                                const std::string& others);

// `colours`: further ones of the table's classes, by name.
Result<LabelMap> labelMapOf(const ClassTable& table, const DatasetRequest& request,
                            LabelValues values, const std::string& others,
                            const std::vector<std::pair<Rgb, std::string>>& colours = {});

// A JSON file of classes: a list, or one under "classes" or "labels", of names or of objects with
// name, color or colour ([r,g,b] or "#rrggbb") and id (without one: the place in the list); or
// datumaro's dataset_meta.json (label_map, segmentation_colors). A class named void, ignore or
// unlabelled takes no part.
Result<ClassTable> readClassFile(const std::filesystem::path& file);

}  // namespace limbus
