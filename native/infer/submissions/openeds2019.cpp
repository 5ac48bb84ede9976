// OpenEDS 2019, semantic segmentation: a ZIP archive of one JSON object, as the second place's
// train.py (tetelias/openeds) writes it.
#include "native/infer/submission.h"
#include "native/infer/submissions/text.h"
#include "native/weights/zip_entries.h"

namespace limbus {
namespace {

struct OpenEds2019Form {
  std::int64_t parameters = 0;

  void describe(OptionVisitor& v) {
    v.whole("parameters", parameters, {0, 1e12},
            "learned parameters that are stated; 0: those of the models");
  }
};

class OpenEds2019 : public Submission {
 public:
  explicit OpenEds2019(std::int64_t parameters) : parameters_(parameters) {}

  // The mask's bytes row by row.
  Result<void> add(const SubmittedMask& one) override {
    labels_ += (samples_++ == 0 ? "" : ", ") + jsonText(one.name) + ": \"" +
               base64({reinterpret_cast<const char*>(one.mask.pixels), one.mask.sizeBytes()}) +
               "\"";
    return {};
  }

  Result<std::string> file() override {
    return zipOf("submission.json", "{\"num_model_params\": " + std::to_string(parameters_) +
                                        ", \"number_of_samples\": " + std::to_string(samples_) +
                                        ", \"labels\": {" + labels_ + "}}");
  }

 private:
  std::int64_t parameters_ = 0;
  std::size_t samples_ = 0;
  std::string labels_;
};

Result<std::unique_ptr<Submission>> beginOpenEds2019(const SubmissionRequest& request,
                                                     const OpenEds2019Form& form) {
  const std::int64_t parameters =
      form.parameters > 0 ? form.parameters : request.manifest.learnedParameters;
  if (parameters == 0) {
    return fail(ErrorCode::badArgument,
                "--submission: the model does not say how many parameters it has learned; state "
                "them: openeds2019:parameters=N");
  }
  return std::make_unique<OpenEds2019>(parameters);
}

}  // namespace

SubmissionRow openEds2019Submission() {
  return {"openeds2019",
          "OpenEDS 2019: a ZIP file with the masks in one JSON object",
          OpenEds2019Form{},
          true,
          typed<beginOpenEds2019>,
          nullptr,
          {},
          [](const std::string& name) { return std::filesystem::path(name).filename().string(); }};
}

}  // namespace limbus
