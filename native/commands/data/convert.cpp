// limbus data convert: any data set as a folder that opens without options.
#include <iostream>
#include <memory>
#include <set>

#include "native/commands/data/data.h"
#include "native/commands/data/source.h"
#include "native/commands/parts/count_bar.h"
#include "native/commands/parts/output_folder.h"
#include "native/data/sets/generic_folder.h"
#include "native/system/files.h"
#include "native/system/folder.h"
#include "native/system/text.h"
#include "shared/json_reader.h"

namespace limbus {
namespace {

struct ConvertArguments {
  DataSourceOptions source;
  std::filesystem::path out;
  bool force = false, json = false;
};

// With --force entries of the same name go, and those of the data that is read must not.
Result<void> checkApart(const std::filesystem::path& out, const std::filesystem::path& source) {
  std::error_code error;
  if (source.empty() || !std::filesystem::exists(out, error)) return {};
  if (!foldersOverlap(out, source)) return {};
  return fail(ErrorCode::badArgument, out.string() + ": exists, and the data that is read lies " +
                                          "there or around it; choose another --out");
}

// The reader takes all that it finds: nothing of before may be left among the new files.
Result<void> checkLeft(const std::filesystem::path& out,
                       const std::set<std::filesystem::path>& files) {
  std::vector<std::filesystem::path> read = {"classes.json", "samples.csv"};
  for (const std::filesystem::path split : {"", "train", "validation", "test"}) {
    read.insert(read.end(), {split / "images", split / "masks"});
  }
  return checkAllReplaced(out, read, files);
}

// Before all the work, as far as it is known then: some may turn out to have no mask.
Result<void> checkRoom(const std::filesystem::path& out, const std::vector<NamedPart>& parts) {
  const Result<std::vector<std::vector<SampleFiles>>> files = genericFiles(parts);
  if (!files) return fail(files.error());
  std::set<std::filesystem::path> all = {"classes.json", "samples.csv"};
  for (const std::vector<SampleFiles>& part : *files) {
    for (const SampleFiles& one : part) all.insert({one.image, one.mask});
  }
  return checkLeft(out, all);
}

std::set<std::filesystem::path> filesBelow(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    files.insert(entry.path().lexically_relative(folder));
  }
  return files;
}

Result<void> convertData(const ConvertArguments& arguments) {
  if (auto free = checkOutput(arguments.out, arguments.force); !free) return free;
  if (auto apart = checkApart(arguments.out, arguments.source.root); !apart) return apart;
  const Result<OpenedData> data = openDataSource(arguments.source);
  if (!data) return fail(data.error());
  tellLeftOut(*data);
  Json answer = {{"out", arguments.out.string()}};
  std::vector<NamedPart> parts;
  for (const OpenedSplit& split : data->splits) {
    parts.push_back({split.split == "all" ? "" : split.split, split.samples.get()});
    answer[split.split] = split.samples->size();
  }
  if (auto room = checkRoom(arguments.out, parts); !room) return room;
  Result<OutputFolder> folder = OutputFolder::make(arguments.out);
  if (!folder) return fail(folder.error());
  {
    CountBar bar("writing", data->size());
    Result<void> written = writeGenericFolder(parts, folder->path(), [&] { bar.step(); });
    if (!written) return written;
  }
  if (auto left = checkLeft(arguments.out, filesBelow(folder->path())); !left) return left;
  if (Result<void> done = folder->publish(); !done) return done;
  if (arguments.json) {
    std::cout << dumpJson(answer) << "\n";
  } else {
    std::cout << "wrote "
              << counted(data->size(), "{image with its mask|images with their masks} to " +
                                           arguments.out.string() + "; read {it|them}")
              << " with {\"dataset\": \"folder\"}\n";
  }
  return {};
}

}  // namespace

Action configureDataConvert(CLI::App& command) {
  auto arguments = std::make_shared<ConvertArguments>();
  addDataSourceOptions(command, arguments->source);
  command.add_option("--out", arguments->out, "Folder to fill; it appears complete or not at all")
      ->required();
  command.add_flag("--force", arguments->force,
                   "Replace files of the same name; where others would be left among them, "
                   "nothing is written");
  command.add_flag("--json", arguments->json, "Print the answer as JSON");
  command.footer(
      "Writes {train,validation,test}/images and masks (class numbers, 255 takes no part), or "
      "images and masks alone where nothing divides them, classes.json where the classes are known "
      "(of OpenEDS by --recipe), and samples.csv where groups or attributes are. PNG and JPEG "
      "images are copied as they are.\n"
      "Example: limbus data convert VOCdevkit --dataset voc --out voc-plain");
  return [arguments] { return convertData(*arguments); };
}

}  // namespace limbus
