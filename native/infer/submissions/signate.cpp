// Signate's AI Edge contest: what the organisers' make_submit.py makes of colour masks.
#include <map>

#include "native/infer/submission.h"
#include "native/infer/submissions/text.h"

namespace limbus {
namespace {

class Signate : public Submission {
 public:
  explicit Signate(std::map<std::string, int> categories) : categories_(std::move(categories)) {}

  // Categories that an image has not are left out.
  Result<void> add(const SubmittedMask& one) override {
    std::string text;
    for (const auto& [category, label] : categories_) {
      const std::string rows = rowsOf(one.mask, label);
      if (rows.empty()) continue;
      text += (text.empty() ? "" : ",") + jsonText(category) + ":{" + rows + "}";
    }
    images_[one.name + ".jpg"] = "{" + text + "}";
    return {};
  }

  // Sorted by name, without blanks.
  Result<std::string> file() override {
    std::string text;
    for (const auto& [image, categories] : images_) {
      text += (text.empty() ? "" : ",") + jsonText(image) + ":" + categories;
    }
    return "{" + text + "}";
  }

 private:
  // "12":[[0,4],[9,9]],... : by row, the first and last column of each run.
  static std::string rowsOf(MaskView mask, int label) {
    std::string rows;
    for (int y = 0; y < mask.height; ++y) {
      const std::uint8_t* row = mask.row(y);
      std::string runs;
      for (int x = 0; x < mask.width; ++x) {
        if (row[x] != label) continue;
        const int first = x;
        while (x + 1 < mask.width && row[x + 1] == label) ++x;
        runs += (runs.empty() ? "[" : ",[") + std::to_string(first) + "," + std::to_string(x) + "]";
      }
      if (runs.empty()) continue;
      rows += (rows.empty() ? "\"" : ",\"") + std::to_string(y) + "\":[" + runs + "]";
    }
    return rows;
  }

  std::map<std::string, int> categories_;
  std::map<std::string, std::string> images_;
};

std::string upToDot(const std::string& name) {
  const std::string file = std::filesystem::path(name).filename().string();
  return file.substr(0, file.find('.'));
}

Result<std::unique_ptr<Submission>> beginSignate(const SubmissionRequest& request,
                                                 const NoOptions&) {
  std::map<std::string, int> categories;
  const std::vector<ClassSpec>& classes = request.manifest.classes;
  for (const char* scored : {"car", "pedestrian", "lane", "signal"}) {
    for (std::size_t i = 0; i < classes.size(); ++i) {
      if (classes[i].name == scored) categories[scored] = static_cast<int>(i);
    }
  }
  if (categories.empty()) {
    return fail(ErrorCode::badArgument,
                "--submission signate: expected classes named car, pedestrian, lane, signal; the "
                "model has none of them");
  }
  return std::make_unique<Signate>(std::move(categories));
}

}  // namespace

SubmissionRow signateSubmission() {
  return {"signate",
          "AI Edge contest: runs of car, pedestrian, lane and signal by row, in one JSON object",
          NoOptions{},
          true,
          typed<beginSignate>,
          nullptr,
          {},
          upToDot};
}

}  // namespace limbus
