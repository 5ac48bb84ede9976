// What labelling tools, Pascal VOC and pytorch-segmentation's inference.py write: class indices
// that show as colours.
#include "native/infer/submissions/palette_png.h"

#include "native/data/files/png.h"
#include "native/infer/submission.h"
#include "native/system/files.h"

namespace limbus {
namespace {

class PalettePng : public Submission {
 public:
  explicit PalettePng(const SubmissionRequest& request)
      : folder_(request.folder), classes_(request.manifest.classes) {}

  Result<void> add(const SubmittedMask& one) override {
    return writePalettePng(folder_ / (one.name + ".png"), one.mask, classes_);
  }

 private:
  std::filesystem::path folder_;
  std::vector<ClassSpec> classes_;
};

Result<std::unique_ptr<Submission>> beginPalettePng(const SubmissionRequest& request,
                                                    const NoOptions&) {
  return std::make_unique<PalettePng>(request);
}

}  // namespace

Result<void> writePalettePng(const std::filesystem::path& file, MaskView mask,
                             const std::vector<ClassSpec>& classes) {
  std::vector<std::array<std::uint8_t, 3>> palette;
  for (const ClassSpec& spec : classes) palette.push_back(spec.colour);
  const Result<std::string> bytes = encodePalettePng(mask, palette);
  if (!bytes) return fail(bytes.error());
  if (Result<void> made = makeFolder(file.parent_path()); !made) return made;
  return writeBytes(file, *bytes, false);
}

SubmissionRow palettePngSubmission() {
  return {"palette-png",
          "a folder of PNG files whose palette holds the classes' colours",
          NoOptions{},
          false,
          typed<beginPalettePng>,
          nullptr,
          {".png"}};
}

}  // namespace limbus
