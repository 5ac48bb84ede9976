#include "native/commands/evaluate/report.h"

#include <algorithm>
#include <iostream>

#include "native/commands/parts/output_folder.h"
#include "native/commands/parts/score_json.h"
#include "native/report/html.h"
#include "native/report/run_log.h"
#include "native/system/files.h"
#include "shared/vision/probabilities.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr int kRowsAtOnce = 64;

std::vector<ReportClass> classesOf(const ClassMap& map, const Manifest& manifest) {
  std::vector<ReportClass> classes;
  for (const std::string& name : map.names) {
    const auto own = std::find_if(manifest.classes.begin(), manifest.classes.end(),
                                  [&](const ClassSpec& spec) { return spec.name == name; });
    classes.push_back(
        {name, own != manifest.classes.end() ? own->colour : classColour(classes.size()), {}, {}});
  }
  return classes;
}

std::optional<double> numberIn(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

// The RUN that a model is, or lies in.
std::vector<Plot> curvesOfModel(const fs::path& model) {
  for (const fs::path& folder : {model, model.parent_path()}) {
    if (folder.empty() || !isRun(folder)) continue;
    const Result<RunLog> log = readRunLog(folder);
    if (log) return curvesOf(*log);
  }
  return {};
}

// "first" of runs/first/, "3 models".
std::string titleOf(const Json& model) {
  if (model.is_array()) return std::to_string(model.size()) + " models";
  const fs::path path(model.get<std::string>());
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

Report::Facts factsOf(const Json& answer) {
  const Json& model = answer.at("model");
  std::string models = model.is_string() ? model.get<std::string>() : "";
  if (model.is_array()) {
    for (const Json& one : model) models += (models.empty() ? "" : ", ") + one.get<std::string>();
  }
  return {{"model", models},
          {"data", answer.at("dataset").get<std::string>() + ", " +
                       answer.at("split").get<std::string>() + ", " +
                       thousands(answer.at("images").get<std::int64_t>()) + " images"},
          {"convention", answer.at("convention").get<std::string>()},
          {"scored by", std::string("limbus ") + LIMBUS_VERSION}};
}

Report::Facts figuresOf(const Json& answer) {
  Report::Facts figures;
  if (const auto m = numberIn(answer, "M"))
    figures.emplace_back("M, OpenEDS 2019", decimals(*m, 2));
  const std::int64_t parameters = answer.value("learnedParameters", std::int64_t{0});
  if (parameters > 0) figures.emplace_back("learned parameters", thousands(parameters));
  if (answer.contains("pupilCentre")) {
    if (const auto error = numberIn(answer.at("pupilCentre"), "medianErrorPx")) {
      figures.emplace_back("pupil centre off, px", decimals(*error, 2));
    }
  }
  return figures;
}

}  // namespace

void addReportOptions(CLI::App& command, ReportOptions& options) {
  CLI::Option* report =
      command
          .add_option("--report", options.folder,
                      "Also write a page to look at: scores, confusions, counts, calibration, the "
                      "worst images, the curves of a RUN; with --boundary's scores")
          ->type_name("DIR");
  command.add_option("--worst", options.worst, "How many of the worst images the report shows")
      ->type_name("N")
      ->check(CLI::Range(0, 1000))
      ->needs(report)
      ->capture_default_str();
}

EvaluationReport::EvaluationReport(const ReportOptions& options, std::string convention,
                                   const ClassMap& map, const Manifest& manifest)
    : options_(options),
      convention_(std::move(convention)),
      map_(map),
      worst_(static_cast<std::size_t>(options.worst)) {
  report_.classes = classesOf(map, manifest);
  report_.counts = ConfusionMatrix(static_cast<int>(map.names.size()));
}

// The confidence of a pixel: the probability of the class that it was given, of all of the model's
// where several are one.
Result<void> EvaluationReport::addConfidences(const ScoredImage& image) {
  const Field& field = image.field;
  if (field.output.kind == OutputKind::argmax) return {};
  const Dims& shape = field.logits.shape;
  const int width = image.truth.width;
  for (int first = 0; first < image.truth.height; first += kRowsAtOnce) {
    const RowRange rows{first, std::min(kRowsAtOnce, image.truth.height - first)};
    const Result<std::vector<float>> shares = probabilities(
        field.logits.values.data(), static_cast<int>(shape[0]), static_cast<int>(shape[1]),
        static_cast<int>(shape[2]), field.output, field.placement, rows);
    if (!shares) return fail(shares.error());
    const std::size_t pixels = static_cast<std::size_t>(rows.count) * width;
    const std::size_t classes = shares->size() / pixels;
    const std::uint8_t* truth = image.truth.row(first);
    const std::uint8_t* given = image.prediction.row(first);
    for (std::size_t i = 0; i < pixels; ++i) {
      if (truth[i] == kVoidLabel) continue;
      float confidence = 0;
      for (std::size_t c = 0; c < classes; ++c) {
        if (map_.prediction[c] == given[i]) confidence += (*shares)[c * pixels + i];
      }
      calibration_.add(std::min(confidence, 1.0F), truth[i] == given[i]);
    }
  }
  return {};
}

Result<void> EvaluationReport::add(const ScoredImage& image) {
  if (image.counts.total() == 0) return {};  // void all over
  const Result<std::optional<Scores>> scores = scoreAlone(convention_, {image.counts});
  if (!scores) return fail(scores.error());
  report_.counts.add(image.counts);
  report_.images.push_back({image.sample.id, {}, {}});
  if (*scores) {
    report_.images.back().mIoU = (*scores)->mIoU;
    report_.images.back().pixelAccuracy = (*scores)->pixelAccuracy;
  }
  if (*scores && worst_.wants((*scores)->mIoU)) {
    std::vector<Rgb> colours;
    for (const ReportClass& one : report_.classes) colours.push_back(one.colour);
    worst_.offer({report_.images.back(), tripletOf(image.sample.image.view(), image.truth.view(),
                                                   image.prediction.view(), colours)});
  }
  return addConfidences(image);
}

void EvaluationReport::addCounts(const std::vector<std::string>& names,
                                 const std::vector<std::vector<PartCount>>& images) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    ClassCounts one{names[i], {}};
    for (const std::vector<PartCount>& image : images) one.images.push_back(image.at(i));
    report_.parts.push_back(std::move(one));
  }
}

Result<void> EvaluationReport::write(const Json& answer, const Scores& scores,
                                     const fs::path& model) {
  const ConventionRow* convention = findRow(conventions(), convention_);
  report_.title = titleOf(answer.at("model")) + " on " + answer.at("dataset").get<std::string>() +
                  ", " + answer.at("split").get<std::string>();
  report_.facts = factsOf(answer);
  report_.figures = figuresOf(answer);
  report_.convention =
      convention_ + (convention ? std::string(": ") + convention->summary : "") + ".";
  report_.scores = scores;
  for (std::size_t i = 0; i < report_.classes.size(); ++i) {
    const Json& row = answer.at("classes").at(i);
    report_.classes[i].boundaryF1 = numberIn(row, "boundaryF1");
    report_.classes[i].hausdorff95Px = numberIn(row, "hausdorff95Px");
  }
  report_.worst = worst_.take();
  report_.curves = curvesOfModel(model);

  Json numbers = answer;
  if (calibration_.pixels() > 0) {
    report_.calibration = calibration_;
    numbers["calibration"] = {{"expectedError", calibration_.error()},
                              {"largestError", calibration_.largestError()}};
  }
  numbers["perImage"] = Json::array();
  for (std::size_t i = 0; i < report_.images.size(); ++i) {
    const ReportImage& image = report_.images[i];
    Json row = {{"image", image.id},
                {"mIoU", orNull(image.mIoU)},
                {"pixelAccuracy", orNull(image.pixelAccuracy)}};
    for (const ClassCounts& one : report_.parts) {
      row["counts"][one.name] = {{"truth", one.images[i].truth}, {"found", one.images[i].found}};
    }
    numbers["perImage"].push_back(std::move(row));
  }

  const Result<std::string> page = pageOf(report_);
  if (!page) return fail(page.error());
  Result<OutputFolder> folder = OutputFolder::make(options_.folder);
  if (!folder) return fail(folder.error());
  for (const auto& [name, text] :
       {std::pair("index.html", *page), std::pair("scores.json", dumpJson(numbers) + "\n")}) {
    if (auto written = writeBytes(folder->path() / name, text, false); !written) return written;
  }
  if (auto published = folder->publish(); !published) return published;
  std::cerr << "report: " << (options_.folder / "index.html").string() << "\n";
  return {};
}

}  // namespace limbus
