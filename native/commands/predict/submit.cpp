#include "native/commands/predict/submit.h"

#include <algorithm>
#include <iostream>
#include <map>

#include "native/commands/parts/count_bar.h"
#include "native/commands/parts/output_folder.h"
#include "native/data/files/image_files.h"
#include "native/data/sets/named_files.h"
#include "native/data/sets/pairs.h"
#include "native/infer/submission.h"
#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/system/memory.h"
#include "native/system/text.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

using NamedImages = std::map<std::string, fs::path>;

bool takes(const SubmissionRow& row, const fs::path& image) {
  return row.takes == nullptr || row.takes(image);
}

Result<NamedImages> imagesOf(const SubmitArguments& arguments, const SubmissionRow& row) {
  NamedImages images;
  std::error_code error;
  for (const fs::path& path : arguments.images) {
    if (!fs::exists(path, error)) {
      return fail(ErrorCode::notFound, path.string() + ": no such image or folder");
    }
    Result<NamedImages> found = NamedImages{{path.stem().string(), path}};
    if (fs::is_directory(path, error)) found = namedFiles(path, imageExtensions());
    if (!found) return fail(found.error());
    for (const auto& [name, file] : *found) {
      // Frames are smoothed over all of their neighbours, handed in or not.
      if (arguments.smooth.smooth.empty() && !takes(row, file)) continue;
      const std::string called = row.called == nullptr ? name : row.called(name);
      const auto [known, isNew] = images.emplace(called, file);
      if (isNew) continue;
      return fail(ErrorCode::badArgument, known->second.string() + " and " + file.string() +
                                              " are both called " + called + " in " + row.name +
                                              "; hand them in apart");
    }
  }
  const bool any = std::any_of(images.begin(), images.end(),
                               [&](const auto& one) { return takes(row, one.second); });
  if (any) return images;
  return fail(ErrorCode::notFound,
              arguments.images.front().string() + ": no images for a submission");
}

// What is there stays: files that exist unless forced, and the images in any case.
Result<void> checkRoom(const SubmitArguments& arguments, const SubmissionRow& row,
                       const NamedImages& images) {
  std::error_code error;
  if (row.oneFile) return checkOutputFile(arguments.out, arguments.force);
  if (Result<void> free = checkOutput(arguments.out, arguments.force); !free) return free;
  const fs::path out = fs::weakly_canonical(arguments.out, error);
  for (const auto& [name, file] : images) {
    const fs::path below = fs::weakly_canonical(file, error).lexically_relative(out);
    if (below.empty() || *below.begin() == "..") continue;
    return fail(ErrorCode::badArgument, file.string() +
                                            " lies in the folder that is written; choose another "
                                            "--out");
  }
  return {};
}

// How many were added.
Result<std::size_t> addAll(const SubmissionRow& row,
                           const std::vector<std::pair<std::string, fs::path>>& images,
                           MaskSource& masks, Submission& submission) {
  std::size_t handedIn = 0;
  CountBar bar("segmenting", images.size());
  Offenders refused("{image|images} could not be segmented; nothing was written");
  const std::vector<std::size_t> order = masks.order();
  for (const std::size_t i : order) {
    if (InterruptGuard::requested()) {
      return fail(ErrorCode::io, "interrupted; nothing was written");
    }
    const auto& [name, file] = images[i];
    bar.step();
    if (!takes(row, file)) continue;
    const Result<Mask> mask = withinMemory(file.string() + ": ", [&]() -> Result<Mask> {
      const Result<Image> image = readImage(file);
      if (!image) return fail(image.error());
      Result<Mask> found = masks.mask(i, image->view());
      if (found) return found;
      return fail(found.error().code, file.string() + ": " + found.error().message);
    });
    if (!mask) {
      refused.addMessage(mask.error().message, {file});
    } else if (auto added = submission.add({name, file, mask->view()}); !added) {
      return fail(added.error());
    } else {
      ++handedIn;
    }
  }
  if (refused.any()) return fail(refused.error());
  return handedIn;
}

}  // namespace

Result<void> submit(const SubmitArguments& arguments, const PredictorOptions& predictor) {
  const Result<Chosen<SubmissionRow>> form = parseSubmission(arguments.form);
  if (!form) return fail(form.error());
  const Result<NamedImages> named = imagesOf(arguments, *form->row);
  if (!named) return fail(named.error());
  if (Result<void> room = checkRoom(arguments, *form->row, *named); !room) return room;
  Result<Ensemble> models = openEnsemble(predictor);
  if (!models) return fail(models.error());
  std::optional<OutputFolder> folder;
  if (!form->row->oneFile) {
    Result<OutputFolder> made = OutputFolder::make(arguments.out);
    if (!made) return fail(made.error());
    folder.emplace(std::move(*made));
  }
  Result<std::unique_ptr<Submission>> submission = form->row->begin(
      {.manifest = models->manifest(), .folder = folder ? folder->path() : fs::path()},
      form->options);
  if (!submission) return fail(submission.error());
  const std::vector<std::pair<std::string, fs::path>> images(named->begin(), named->end());
  std::vector<fs::path> files;
  for (const auto& [name, file] : images) files.push_back(file);
  Result<MaskSource> masks = MaskSource::open(
      *models, files, [&files](std::size_t i) { return readImage(files[i]); }, arguments.smooth);
  if (!masks) return fail(masks.error());
  const InterruptGuard guard;
  if (Result<void> looked = lookAhead(files, *models); !looked) return looked;
  const Result<std::size_t> added = addAll(*form->row, images, *masks, **submission);
  if (!added) return fail(added.error());
  if (folder) {
    if (Result<void> published = folder->publish(); !published) return published;
  } else {
    const Result<std::string> bytes = (*submission)->file();
    if (!bytes) return fail(bytes.error());
    if (auto written = writeBytes(arguments.out, *bytes); !written) return written;
  }
  std::cout << "wrote " << countOf(*added, "mask") << " into " << arguments.out.string() << " as "
            << form->row->name << "\n";
  return {};
}

}  // namespace limbus
