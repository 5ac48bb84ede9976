// OpenEDS 2020, sparse segmentation: what the organisers' create_json_ss.py makes of a folder of
// .npy files.
#include "native/data/files/npy.h"
#include "native/infer/submission.h"
#include "native/infer/submissions/text.h"

namespace limbus {
namespace {

// Pairs of a count, 1 to 255, and a byte.
std::string runsOf(std::string_view bytes) {
  std::string runs;
  for (std::size_t i = 0; i < bytes.size();) {
    std::size_t count = 1;
    while (count < 255 && i + count < bytes.size() && bytes[i + count] == bytes[i]) ++count;
    runs += static_cast<char>(count);
    runs += bytes[i];
    i += count;
  }
  return runs;
}

class OpenEds2020 : public Submission {
 public:
  // The whole file that NumPy would save, header and all.
  Result<void> add(const SubmittedMask& one) override {
    text_ += (text_.empty() ? "" : ", ") + jsonText(one.name + ".npy") + ": \"" +
             base64(runsOf(encodeNpyMask(one.mask))) + "\"";
    return {};
  }

  Result<std::string> file() override { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

Result<std::unique_ptr<Submission>> beginOpenEds2020(const SubmissionRequest&, const NoOptions&) {
  return std::make_unique<OpenEds2020>();
}

// The frames that have a label are for training.
bool isUnlabelled(const std::filesystem::path& image) {
  std::error_code error;
  const std::string label = "label_" + image.stem().string() + ".npy";
  return !std::filesystem::exists(image.parent_path() / label, error);
}

}  // namespace

SubmissionRow openEds2020Submission() {
  return {"openeds2020",
          "OpenEDS 2020: runs of the bytes of .npy files in one JSON object; frames beside a label "
          "are left out",
          NoOptions{},
          true,
          typed<beginOpenEds2020>,
          isUnlabelled};
}

}  // namespace limbus
