#include "native/data/more_data.h"

namespace limbus {

void describeMoreData(OptionVisitor& v, const char* key, const char* help,
                      std::vector<MoreData>& list) {
  if (list.empty() && v.purpose() == OptionVisitor::Purpose::write) return;
  v.list(key, help,
         {.size = list.size(),
          .most = 64,
          .noun = "data sets",
          .resize =
              [&](std::size_t count) {
                list.assign(count, {.data = chosen(datasets(), "folder"), .root = ""});
              },
          .each =
              [&](std::size_t i, OptionVisitor& inner) {
                inner.row("dataset", list[i].data, datasets(), "dataset", "which data set");
                inner.text("root", list[i].root, "its folder; left out: DATA");
                inner.choice("split", list[i].split, {"train", "validation", "test"},
                             "which of its images, where they are divided");
              }});
}

Result<std::vector<std::unique_ptr<Dataset>>> openMoreData(const std::vector<MoreData>& list,
                                                           const std::filesystem::path& root,
                                                           const std::vector<ClassSpec>& classes,
                                                           const std::string& where,
                                                           bool unlabelled) {
  std::vector<std::unique_ptr<Dataset>> sets;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const MoreData& one = list[i];
    DatasetRequest request{
        .root = one.root, .split = one.split, .classes = classes, .unlabelled = unlabelled};
    if (one.root.empty() && one.data.row->needsRoot) request.root = root;
    Result<std::unique_ptr<Dataset>> opened = openDataset(one.data, request);
    if (!opened) {
      return fail(opened.error().code,
                  where + "[" + std::to_string(i) + "]: " + opened.error().message);
    }
    sets.push_back(std::move(*opened));
  }
  return sets;
}

}  // namespace limbus
