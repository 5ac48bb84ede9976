// limbus predict: images to index masks, and on request overlays and measurements.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "native/commands/commands.h"
#include "native/commands/parts/count_bar.h"
#include "native/commands/parts/exit_code.h"
#include "native/commands/parts/output_folder.h"
#include "native/commands/parts/predictor_options.h"
#include "native/commands/parts/smooth_options.h"
#include "native/commands/predict/output_room.h"
#include "native/commands/predict/submit.h"
#include "native/data/files/image_files.h"
#include "native/data/sets/pairs.h"
#include "native/infer/overlay.h"
#include "native/system/files.h"
#include "native/system/interrupt.h"
#include "native/system/memory.h"
#include "native/system/text.h"
#include "shared/hash.h"
#include "shared/json_reader.h"
#include "shared/vision/preprocess.h"
#include "shared/vision/regions.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

// What all images share, and what they fill.
struct Prediction {
  const PredictArguments& arguments;
  const Manifest& manifest;
  const std::vector<fs::path>& images;
  AskedMasks asked;
  MaskSource masks;
  OutputFolder folder;
  MaskedImages known;          // whole already, from before
  MaskedImages whole = known;  // and those of now
  std::size_t made = 0;        // of those, now
  bool toldOfFaint = false;
  std::string csv = regionsCsvHeader();
  Json answer = Json::array();
};

// One that a stopped prediction made for this image.
std::optional<Mask> knownMask(const fs::path& file, ImageView image, std::size_t classes) {
  Result<Image> labels = readLabels(file);
  const bool fits = labels && labels->channels == 1 && labels->width == image.width &&
                    labels->height == image.height &&
                    std::all_of(labels->pixels.begin(), labels->pixels.end(),
                                [&](std::uint8_t label) { return label < classes; });
  return fits ? std::optional<Mask>(std::move(*labels)) : std::nullopt;
}

Result<void> predictOne(std::size_t index, const fs::path& file, Prediction& prediction) {
  const PredictArguments& arguments = prediction.arguments;
  const fs::path& folder = prediction.folder.path();
  const Manifest& manifest = prediction.manifest;
  Result<Image> image = readImage(file);
  if (!image) return fail(ErrorCode::badData, image.error().message);  // this one's own trouble
  if (!prediction.toldOfFaint) {
    const std::string faint = faintText(file, image->view());
    prediction.toldOfFaint = !faint.empty();
    if (!faint.empty()) std::cerr << "limbus: " << faint << "\n";
  }
  const std::string name = maskName(file);
  std::optional<Mask> known;
  if (prediction.known.count(name) != 0)
    known = knownMask(arguments.out / name, image->view(), manifest.classes.size());
  const bool isNew = !known;
  Result<Mask> mask = isNew ? prediction.masks.mask(index, image->view()) : std::move(*known);
  if (!mask) return fail(mask.error().code, file.string() + ": " + mask.error().message);
  const std::vector<ClassSpec>& classes = manifest.classes;
  Result<Analysis> analysis = analyse(mask->view(), classes, manifest.regions);
  if (!analysis) {
    return fail(analysis.error().code, file.string() + ": " + analysis.error().message);
  }
  if (isNew) {
    if (Result<void> written = writePng(folder / name, mask->view()); !written) return written;
  }
  std::error_code error;
  if (arguments.overlay && (isNew || !fs::exists(arguments.out / overlayName(file), error))) {
    const Image painted = paintOverlay(image->view(), mask->view(), *analysis, classes);
    Result<void> written = writePng(folder / overlayName(file), painted.view());
    if (!written) return written;
  }
  if (arguments.numbers && (isNew || !fs::exists(arguments.out / numbersName(file), error))) {
    const Result<Image> numbers = regionNumbers(mask->view(), *analysis, manifest.regions);
    if (!numbers) return fail(numbers.error().code, file.string() + ": " + numbers.error().message);
    Result<void> written = writePng(folder / numbersName(file), numbers->view());
    if (!written) return written;
  }
  prediction.made += isNew ? 1 : 0;
  prediction.whole[name] = notedPath(file);
  prediction.csv += regionsCsvRows(file.filename().string(), *analysis, classes);
  if (arguments.json) {
    prediction.answer.push_back({{"image", file.string()},
                                 {"mask", (arguments.out / name).string()},
                                 {"analysis", Json::parse(toJson(*analysis, classes))}});
  }
  return {};
}

std::string wayOn(const Prediction& prediction) {
  return prediction.arguments.out.string() + " holds " + std::to_string(prediction.whole.size()) +
         " of " + std::to_string(prediction.images.size()) + " masks, go on with --resume";
}

Result<void> publishNoted(Prediction& prediction) {
  Result<void> noted = noteUnfinished(prediction.folder.path(), prediction.whole, prediction.asked);
  return noted ? prediction.folder.publish() : noted;
}

// What is whole stays, for --resume: what to say of it; empty: nothing was written.
Result<std::string> keepWhole(Prediction& prediction) {
  if (prediction.whole.empty() || prediction.asked.madeBy.is_null()) return std::string();
  if (Result<void> published = publishNoted(prediction); !published) {
    return fail(published.error());
  }
  return wayOn(prediction);
}

Result<void> stop(Prediction& prediction) {
  const Result<std::string> kept = keepWhole(prediction);
  if (!kept) return fail(kept.error());
  if (kept->empty()) return fail(ErrorCode::io, "interrupted; nothing was written");
  leaveWith(kStoppedExit);
  std::cerr << "limbus: stopped by " << InterruptGuard::askedBy() << "; " << *kept << "\n";
  return {};
}

// Of a full disk, above all.
Result<void> giveUp(const Error& error, Prediction& prediction) {
  const Result<std::string> kept = keepWhole(prediction);
  return fail(error.code, error.message + (kept && !kept->empty() ? "; " + *kept : ""));
}

// Null where masks know of others, or come after all images were looked at, and beside the images,
// for which masks would be taken: then nothing is left to go on with.
Result<AskedMasks> askedOf(const PredictArguments& arguments, const std::vector<fs::path>& images) {
  const bool apart = std::none_of(images.begin(), images.end(), [&](const fs::path& image) {
    return liesBeside(image, arguments.out);
  });
  const bool inTurn = arguments.smooth.smooth.empty() && !arguments.predictor.oneAtATime;
  AskedMasks asked;
  if (!apart || !inTurn) return asked;
  Result<Json> by = madeBy(arguments.predictor);
  if (!by) return fail(by.error());
  asked.madeBy = std::move(*by);
  if (arguments.overlay) asked.beside.push_back("overlay");
  if (!arguments.regions.empty()) asked.beside.push_back("regions");
  if (arguments.numbers) asked.beside.push_back("numbers");
  return asked;
}

// All that may come to be whole: on a full disk there is room to say what did.
Result<void> reserveNote(const Prediction& prediction) {
  if (prediction.asked.madeBy.is_null()) return {};
  MaskedImages all = prediction.known;
  for (const fs::path& image : prediction.images) all[maskName(image)] = notedPath(image);
  return noteUnfinished(prediction.folder.path(), all, prediction.asked);
}

// Of models that count small parts, which an image that is shrunk to fit does not show any more.
void tellOfShrinking(const PredictArguments& arguments, const std::vector<fs::path>& images,
                     const Manifest& manifest) {
  constexpr double kNoticed = 1.5;
  if (manifest.regions.neck <= 0 || arguments.predictor.mode != "whole") return;
  for (const fs::path& image : images) {
    const Result<ImageSize> size = readImageSize(image);
    if (!size) continue;
    const auto place = placeImage(size->width, size->height, manifest.input);
    if (!place || place->scaleX * kNoticed > 1) continue;
    std::cerr << "limbus: " << image.string()
              << format(" is seen %.1f times smaller, so that parts may be missed",
                        1 / place->scaleX)
              << "; --mode sliding:width=" << manifest.input.width
              << ",height=" << manifest.input.height << " looks at all its pixels\n";
    return;
  }
}

Result<void> predictAll(const PredictArguments& arguments) {
  Result<std::vector<fs::path>> images = collectImages(arguments.images, arguments.out);
  if (!images) return fail(images.error());
  const Result<AskedMasks> asked = askedOf(arguments, *images);
  if (!asked) return fail(asked.error());
  const bool resumable = !asked->madeBy.is_null();
  Result<std::optional<MaskedImages>> known = std::optional<MaskedImages>();
  if (arguments.resume && resumable) known = begunMasks(arguments.out, *asked);
  if (!known) return fail(known.error());
  if (Result<void> room = checkRoom(arguments, *images, *known); !room) return room;
  Result<Ensemble> models = openEnsemble(arguments.predictor);
  if (!models) return fail(models.error());
  tellOfShrinking(arguments, *images, models->manifest());
  Result<MaskSource> masks = MaskSource::open(
      *models, *images, [&images](std::size_t i) { return readImage((*images)[i]); },
      arguments.smooth);
  if (!masks) return fail(masks.error());
  Result<OutputFolder> folder = OutputFolder::make(arguments.out);
  if (!folder) return fail(folder.error());
  Prediction prediction{.arguments = arguments,
                        .manifest = models->manifest(),
                        .images = *images,
                        .asked = *asked,
                        .masks = std::move(*masks),
                        .folder = std::move(*folder),
                        .known = known->value_or(MaskedImages())};
  if (arguments.resume) prediction.asked.regions = notedRegions(arguments.out);
  if (Result<void> noted = reserveNote(prediction); !noted) return noted;
  const InterruptGuard guard;
  if (Result<void> looked = lookAhead(*images, *models); !looked) return looked;
  CountBar bar("segmenting", images->size());
  std::optional<Error> firstRefused;
  Offenders refused("{image|images} could not be segmented");
  std::size_t good = 0;
  const std::vector<std::size_t> order = prediction.masks.order();
  for (const std::size_t i : order) {
    if (InterruptGuard::requested()) return stop(prediction);
    const fs::path& image = (*images)[i];
    Result<void> done =
        withinMemory(image.string() + ": ", [&] { return predictOne(i, image, prediction); });
    if (!done && done.error().code == ErrorCode::io) {
      return giveUp(done.error(), prediction);
    }
    good += done ? 1 : 0;
    if (!done && !firstRefused) firstRefused = done.error();
    if (!done) refused.addMessage(done.error().message, {image});
    bar.step();
  }
  if (good == 0) return fail(*firstRefused);
  if (!arguments.regions.empty()) prediction.asked.regions = bytesHash(prediction.csv);
  if (arguments.force) removeNotes(arguments.out);  // of masks that are replaced
  Result<void> published = resumable ? publishNoted(prediction) : prediction.folder.publish();
  if (!published) return published;
  if (!arguments.regions.empty()) {
    if (Result<void> written = writeBytes(arguments.regions, prediction.csv); !written) {
      return fail(written.error().code,
                  written.error().message + (resumable ? "; " + wayOn(prediction) : ""));
    }
  }
  // What was refused is made once it is mended.
  if (!arguments.resume || !refused.any()) noteFinished(arguments.out);
  if (arguments.json) {
    std::cout << dumpJson(prediction.answer) << "\n";
  } else if (prediction.made == 0) {
    std::cout << "nothing is left to segment: " << arguments.out.string() << " holds "
              << countOf(good, "mask") << " already\n";
  } else {
    std::cout << "wrote " << countOf(good, "mask") << " into " << arguments.out.string() << "\n";
  }
  if (refused.any()) return fail(refused.error());
  return {};
}

}  // namespace

Action configurePredict(CLI::App& command) {
  auto arguments = std::make_shared<PredictArguments>();
  addPredictorOptions(command, arguments->predictor);
  addSmoothOptions(command, arguments->smooth);
  command
      .add_option("--images", arguments->images,
                  "Images of any size (PNG, JPEG, TIFF, WebP, BMP, PGM, PPM), or folders of them")
      ->required();
  command
      .add_option("--out", arguments->out,
                  "Folder for the masks: <image name>.png, class indices; for a submission of one "
                  "file that file")
      ->required();
  CLI::Option* overlay = command.add_flag("--overlay", arguments->overlay,
                                          "Also <image name>-overlay.png, to look at");
  CLI::Option* numbers = command.add_flag(
      "--numbers", arguments->numbers,
      "Also <image name>-numbers.png, 16 bits: of each region's pixels which of the "
      "image's lines in --regions it is, from 1");
  CLI::Option* regions = command.add_option(
      "--regions", arguments->regions,
      "Write areas, centres and ellipses of all regions into this CSV file, one line "
      "each; an image without any has a line of empty cells");
  CLI::Option* force = command.add_flag("--force", arguments->force,
                                        "Write into a folder that is not empty, replace a file");
  CLI::Option* resume =
      command
          .add_flag("--resume", arguments->resume,
                    "Go on with a prediction that was stopped, or has further images: those whose "
                    "masks lie in --out are not looked at again; begins where nothing lies there")
          ->excludes(force, command.get_option("--smooth"), command.get_option("--one-at-a-time"));
  CLI::Option* json =
      command.add_flag("--json", arguments->json, "Print regions and measurements as JSON");
  command
      .add_option("--submission", arguments->submission,
                  "Instead of masks what a contest wants handed in, with options of its own; "
                  "`limbus list submissions`")
      ->type_name("NAME[:KEY=VALUE,...]")
      ->excludes(overlay)
      ->excludes(numbers)
      ->excludes(regions)
      ->excludes(resume)
      ->excludes(json);
  command.footer(
      "Ctrl-C, SIGTERM and SIGUSR1 end it with exit code 3 where masks are whole: they stay, "
      "--resume goes on.\n"
      "Examples:\n"
      "  limbus predict --model first.onnx --images photos --out masks --overlay --regions "
      "masks.csv\n"
      "  limbus predict --model runs/a --model runs/b=2 --mean logits --tta none,flip-x --mode "
      "sliding:width=512,height=512 --images photos --out masks\n"
      "  limbus predict --model runs/first --images eyes/test/images --submission openeds2019 "
      "--out "
      "submission.zip");
  return [arguments]() -> Result<void> {
    if (arguments->submission.empty()) return predictAll(*arguments);
    return submit({arguments->submission, arguments->images, arguments->smooth, arguments->out,
                   arguments->force},
                  arguments->predictor);
  };
}

}  // namespace limbus
