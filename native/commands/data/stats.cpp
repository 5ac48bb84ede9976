// limbus data stats: the numbers of a data set, and what a recipe may take from them.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>

#include "native/commands/data/data.h"
#include "native/commands/data/source.h"
#include "native/commands/parts/count_bar.h"
#include "native/data/contact_sheet.h"
#include "native/data/files/image_files.h"
#include "native/data/statistics.h"
#include "native/system/files.h"
#include "native/system/text.h"
#include "shared/colour_text.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

struct StatsArguments {
  DataSourceOptions source;
  std::filesystem::path sheet;
  int sheetImages = 24;
  bool force = false, json = false;
};

double shareOf(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Json jsonOf(const OpenedData& data, const DatasetStatistics& statistics) {
  Json splits = Json::object();
  for (const OpenedSplit& split : data.splits) splits[split.split] = split.samples->size();
  Json sizes = Json::array();
  for (const auto& [size, images] : statistics.sizes) {
    sizes.push_back({{"width", size.first}, {"height", size.second}, {"images", images}});
  }
  const auto inverse = classWeights(statistics, ClassWeights::inverseFrequency);
  const auto median = classWeights(statistics, ClassWeights::medianFrequency);
  const auto enet = classWeights(statistics, ClassWeights::enet);
  Json classes = Json::array();
  for (std::size_t i = 0; i < statistics.classes.size(); ++i) {
    const ClassStatistics& one = statistics.classes[i];
    classes.push_back({{"name", one.name},
                       {"colour", colourText(one.colour)},
                       {"pixels", one.pixels},
                       {"share", shareOf(one.pixels, statistics.labelledPixels)},
                       {"images", one.images},
                       {"inverseFrequency", inverse[i]},
                       {"medianFrequency", median[i]},
                       {"enet", enet[i]}});
  }
  const std::int64_t all = statistics.labelledPixels + statistics.voidPixels;
  return {{"dataset", data.dataset},
          {"splits", splits},
          {"images", statistics.images},
          {"labelled", statistics.labelled},
          {"colourImages", statistics.colourImages},
          {"sizes", sizes},
          {"voidShare", shareOf(statistics.voidPixels, all)},
          {"mean", statistics.mean},
          {"std", statistics.deviation},
          {"classes", classes}};
}

void printSizes(const DatasetStatistics& statistics) {
  std::vector<std::pair<std::int64_t, std::pair<int, int>>> sizes;
  for (const auto& [size, images] : statistics.sizes) sizes.emplace_back(images, size);
  std::sort(sizes.rbegin(), sizes.rend());
  constexpr std::size_t kShown = 6;
  std::cout << "sizes";
  for (std::size_t i = 0; i < std::min(kShown, sizes.size()); ++i) {
    std::cout << (i == 0 ? " " : ", ") << sizes[i].second.first << "x" << sizes[i].second.second
              << " (" << sizes[i].first << ")";
  }
  if (sizes.size() > kShown) std::cout << " and " << sizes.size() - kShown << " others";
  std::cout << "\n";
}

void print(const Json& answer, const DatasetStatistics& statistics) {
  std::cout << answer["dataset"].get<std::string>() << ": " << countOf(statistics.images, "image");
  for (const auto& [split, count] : answer["splits"].items()) {
    std::cout << (split == "all" ? ", undivided" : ", " + split + " " + count.dump());
  }
  std::cout << "; " << statistics.labelled << " labelled, "
            << statistics.images - statistics.colourImages << " grey\n";
  printSizes(statistics);
  const auto line = [](const char* name, const std::array<double, 3>& v) {
    std::printf("%s [%.4f, %.4f, %.4f]\n", name, v[0], v[1], v[2]);
  };
  std::cout.flush();
  line("mean", statistics.mean);
  line("std ", statistics.deviation);
  if (statistics.labelled == 0) return;
  std::size_t width = 5;
  for (const ClassStatistics& one : statistics.classes) width = std::max(width, one.name.size());
  std::printf("%-*s  share of pixels    images  weights: inverse  median    enet\n",
              static_cast<int>(width), "class");
  for (const Json& one : answer["classes"]) {
    std::printf("%-*s  %13.4f %%  %8lld  %16.4g %7.4g %7.4g\n", static_cast<int>(width),
                one["name"].get<std::string>().c_str(), 100 * one["share"].get<double>(),
                one["images"].get<long long>(), one["inverseFrequency"].get<double>(),
                one["medianFrequency"].get<double>(), one["enet"].get<double>());
  }
  std::printf("void %.4f %% of all labelled pixels\n", 100 * answer["voidShare"].get<double>());
  std::fflush(stdout);
}

Result<void> drawSheet(const StatsArguments& arguments, const OpenedData& data) {
  const std::size_t count = std::min(data.size(), static_cast<std::size_t>(arguments.sheetImages));
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < count; ++i) {  // evenly over all splits
    std::size_t at = i * data.size() / count;
    const OpenedSplit* split = data.splits.data();
    for (; at >= split->samples->size(); ++split) at -= split->samples->size();
    Result<Sample> sample = split->samples->get(at, 0);
    if (!sample) return fail(sample.error());
    samples.push_back(sheetSample(std::move(*sample)));
  }
  const Image sheet = contactSheet(samples, data.splits.front().samples->classes());
  return writePng(arguments.sheet, sheet.view());
}

Result<void> showStats(const StatsArguments& arguments) {
  if (!arguments.sheet.empty()) {
    if (auto free = checkOutput(arguments.sheet, arguments.force); !free) return free;
  }
  const Result<OpenedData> data = openDataSource(arguments.source);
  if (!data) return fail(data.error());
  tellLeftOut(*data);
  std::vector<const Dataset*> parts;
  for (const OpenedSplit& split : data->splits) parts.push_back(split.samples.get());
  Result<DatasetStatistics> statistics;
  {
    CountBar bar("reading", data->size());
    statistics = statisticsOf(parts, [&] { bar.step(); });
  }
  if (!statistics) {
    return fail(statistics.error().code,
                statistics.error().message + "; `limbus data audit` names all that is wrong");
  }
  const Json answer = jsonOf(*data, *statistics);
  if (arguments.json) {
    std::cout << dumpJson(answer) << "\n";
  } else {
    print(answer, *statistics);
  }
  return arguments.sheet.empty() ? Result<void>() : drawSheet(arguments, *data);
}

}  // namespace

Action configureDataStats(CLI::App& command) {
  auto arguments = std::make_shared<StatsArguments>();
  addDataSourceOptions(command, arguments->source);
  command.add_option("--contact-sheet", arguments->sheet,
                     "Draw images beside their masks into this PNG");
  command.add_option("--sheet-images", arguments->sheetImages, "How many the sheet shows")
      ->check(CLI::Range(1, 400))
      ->capture_default_str();
  command.add_flag("--force", arguments->force, "Replace an existing sheet");
  command.add_flag("--json", arguments->json, "Print the answer as JSON");
  command.footer(
      "mean and std are those of input.normalise, weights those of a loss that takes some. Inverse "
      "is 1 where all classes are as frequent; median divides the median share by a class's in the "
      "images that hold it (Eigen "
      "and Fergus, 2015); enet is 1 / ln(1.02 + share).\n"
      "Example: limbus data stats data/nuclei --contact-sheet nuclei.png");
  return [arguments] { return showStats(*arguments); };
}

}  // namespace limbus
