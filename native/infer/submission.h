// Masks in the form in which a contest wants them handed in. One file in submissions/ and one row
// each.
//
//   Chosen<SubmissionRow> form = *parseSubmission("openeds2019");
//   std::unique_ptr<Submission> masks = *form.row->begin({manifest, folder}, form.options);
//   masks->add({"S_0/12", "eyes/S_0/12.png", mask.view()});
//   writeBytes("submission.zip", *masks->file());
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/manifest.h"
#include "shared/options/options.h"
#include "shared/result.h"

namespace limbus {

struct SubmittedMask {
  std::string name;            // of the image below the folder that was named, without extension
  std::filesystem::path file;  // the image
  MaskView mask;               // at its size
};

class Submission {
 public:
  virtual ~Submission() = default;
  virtual Result<void> add(const SubmittedMask& one) = 0;
  // The bytes of forms that are one file.
  virtual Result<std::string> file() { return std::string(); }
};

struct SubmissionRequest {
  Manifest manifest;
  std::filesystem::path folder;  // for forms of many files, which are written as masks are added
};

struct SubmissionRow {
  const char* name;
  const char* summary;
  Options options;
  bool oneFile;
  Result<std::unique_ptr<Submission>> (*begin)(const SubmissionRequest& request,
                                               const Options& options);
  // Whether this image belongs in; null: each does.
  bool (*takes)(const std::filesystem::path& image) = nullptr;
  // The endings of the files that are written for an image, for forms of many.
  std::vector<std::string> endings = {};
  // What is left of SubmittedMask::name in it, by which images are told apart; null: all.
  std::string (*called)(const std::string& name) = nullptr;
};

const std::vector<SubmissionRow>& submissions();

// "NAME" or "NAME:KEY=VALUE,KEY=VALUE".
Result<Chosen<SubmissionRow>> parseSubmission(const std::string& text);

}  // namespace limbus
