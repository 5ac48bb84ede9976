// GF-2/GF-3 satellite images: NAME.xml, which names NAME_gt.png, a palette PNG. The fields are
// those that the gf2-gf3 projector's test.py replaces in the XML file beside the image; what else
// that file says stays.
#include "native/data/files/xml.h"
#include "native/infer/submission.h"
#include "native/infer/submissions/palette_png.h"
#include "native/system/files.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

struct GaofenForm {
  std::string provider, author, pluginName, pluginClass;

  void describe(OptionVisitor& v) {
    v.text("provider", provider, "who hands it in; left out: as the file beside the image says");
    v.text("author", author, "whose work it is; left out: likewise");
    v.text("pluginName", pluginName, "what made it; left out: likewise");
    v.text("pluginClass", pluginClass, "what kind of thing that is; left out: likewise");
  }
};

constexpr const char* kEmptyForm =
    "<annotation>\n"
    "  <source>\n    <filename></filename>\n    <origin>GF2/GF3</origin>\n  </source>\n"
    "  <research>\n    <version>4.0</version>\n    <provider></provider>\n    <author></author>\n"
    "    <pluginname></pluginname>\n    <pluginclass></pluginclass>\n  </research>\n"
    "  <segmentation>\n    <resultfile></resultfile>\n  </segmentation>\n"
    "</annotation>\n";

class Gaofen : public Submission {
 public:
  Gaofen(const SubmissionRequest& request, GaofenForm form)
      : folder_(request.folder), classes_(request.manifest.classes), form_(std::move(form)) {}

  Result<void> add(const SubmittedMask& one) override {
    const fs::path name = fs::path(one.name);
    const fs::path result = name.string() + "_gt.png";
    fs::path beside = one.file;
    beside.replace_extension(".xml");
    std::error_code error;
    Result<std::string> text = std::string(kEmptyForm);
    const bool given = fs::exists(beside, error);
    if (given) text = readBytes(beside);
    if (!text) return fail(text.error());
    text = withXmlTexts(*text, fields(one.file.filename().string(), result.filename().string()));
    if (!text) return fail(text.error().code, beside.string() + ": " + text.error().message);
    if (auto drawn = writePalettePng(folder_ / result, one.mask, classes_); !drawn) return drawn;
    return writeBytes(folder_ / (name.string() + ".xml"), *text, false);
  }

 private:
  XmlTexts fields(const std::string& image, const std::string& result) const {
    XmlTexts texts = {{"source/filename", image}, {"segmentation/resultfile", result}};
    const std::vector<std::pair<const char*, std::string>> chosen = {
        {"research/provider", form_.provider},
        {"research/author", form_.author},
        {"research/pluginname", form_.pluginName},
        {"research/pluginclass", form_.pluginClass}};
    for (const auto& [place, value] : chosen) {
      if (!value.empty()) texts.emplace_back(place, value);
    }
    return texts;
  }

  fs::path folder_;
  std::vector<ClassSpec> classes_;
  GaofenForm form_;
};

Result<std::unique_ptr<Submission>> beginGaofen(const SubmissionRequest& request,
                                                const GaofenForm& form) {
  return std::make_unique<Gaofen>(request, form);
}

}  // namespace

SubmissionRow gaofenSubmission() {
  return {
      "gf-xml",           "GF-2/GF-3: a folder of XML files beside the palette PNG files they name",
      GaofenForm{},       false,
      typed<beginGaofen>, nullptr,
      {".xml", "_gt.png"}};
}

}  // namespace limbus
