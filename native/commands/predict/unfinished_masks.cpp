#include "native/commands/predict/unfinished_masks.h"

#include <algorithm>
#include <charconv>

#include "native/system/files.h"
#include "native/system/folder.h"
#include "native/system/json_files.h"
#include "native/system/utf8.h"
#include "native/train/files/model_file.h"
#include "shared/hash.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

fs::path noteIn(const fs::path& folder) { return folder / "unfinished.json"; }
fs::path finishedNoteIn(const fs::path& folder) { return folder / ".finished.json"; }

// What is under way counts before what was finished once.
fs::path latestNoteIn(const fs::path& folder) {
  return holdsUnfinishedMasks(folder) ? noteIn(folder) : finishedNoteIn(folder);
}

// As percentCoded() was given it.
std::string named(const std::string& text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* hex = text.data() + i + 1;
    const bool coded = text[i] == '%' && i + 2 < text.size() &&
                       std::from_chars(hex, hex + 2, byte, 16).ptr == hex + 2;
    name += coded ? static_cast<char>(byte) : text[i];
    if (coded) i += 2;
  }
  return name;
}

}  // namespace

Result<Json> madeBy(const PredictorOptions& options) {
  Result<std::vector<ModelShare>> shares = parseModels(options.models);
  if (!shares) return fail(shares.error());
  Json models = Json::array();
  for (const ModelShare& share : *shares) {
    const Result<fs::path> file = modelFile(share.path, ModelUse::predict);
    if (!file) return fail(file.error());
    std::error_code error;
    if (!fs::is_regular_file(*file, error)) return Json();
    const Result<std::string> bytes = readBytes(*file);
    if (!bytes) return fail(bytes.error());
    models.push_back(
        {{"file", file->string()}, {"hash", bytesHash(*bytes)}, {"weight", share.weight}});
  }
  return Json{{"model", std::move(models)},
              {"engine", options.engine},
              {"mode", options.mode},
              {"tta", options.views},
              {"mean", options.mean}};
}

std::string notedPath(const fs::path& image) { return percentCoded(withoutLinks(image).string()); }

bool holdsUnfinishedMasks(const fs::path& folder) {
  std::error_code error;
  return fs::exists(noteIn(folder), error);
}

Result<std::optional<MaskedImages>> begunMasks(const fs::path& folder, const AskedMasks& asked) {
  const fs::path file = latestNoteIn(folder);
  std::error_code error;
  if (!fs::exists(file, error)) return std::optional<MaskedImages>();
  Result<Json> note = readLongJson(file);
  if (!note) return fail(note.error());
  MaskedImages masks;
  const auto strange = [&] {
    return fail(ErrorCode::badData, file.string() + ": not what limbus predict leaves");
  };
  if (!note->is_object() || !note->contains("madeBy") || !note->contains("masks")) return strange();
  Json &made = note->at("madeBy"), wanted = asked.madeBy;
  for (Json* each : {&made, &wanted}) {  // a model may have been moved
    if (!each->is_object() || !each->contains("model")) return strange();
    for (Json& model : each->at("model")) {
      if (model.is_object()) model.erase("file");
    }
  }
  for (const auto& [option, value] : wanted.items()) {
    if (made.contains(option) && made.at(option) == value) continue;
    return fail(ErrorCode::badArgument, folder.string() +
                                            ": its masks were begun with something else for --" +
                                            option + "; choose another output");
  }
  const Json beside = note->value("beside", Json::array());
  for (const Json& option : beside) {
    if (!option.is_string()) return strange();
    const auto name = option.get<std::string>();
    if (std::count(asked.beside.begin(), asked.beside.end(), name) > 0) continue;
    return fail(ErrorCode::badArgument, folder.string() + ": was begun with --" + name +
                                            "; give it again, or choose another output");
  }
  if (!note->at("masks").is_object()) return strange();
  for (const auto& [name, image] : note->at("masks").items()) {
    if (!image.is_string()) return strange();
    masks[named(name)] = image.get<std::string>();
  }
  return std::optional(std::move(masks));
}

std::string notedRegions(const fs::path& folder) {
  const Result<Json> note = readLongJson(latestNoteIn(folder));
  const bool known =
      note && note->is_object() && note->contains("regions") && note->at("regions").is_string();
  return known ? note->at("regions").get<std::string>() : "";
}

Result<void> noteUnfinished(const fs::path& folder, const MaskedImages& masks,
                            const AskedMasks& asked) {
  Json images = Json::object();
  for (const auto& [mask, image] : masks) images[percentCoded(mask)] = image;
  const std::string note = dumpJson({{"madeBy", asked.madeBy},
                                     {"beside", asked.beside},
                                     {"regions", asked.regions},
                                     {"masks", images}}) +
                           "\n";
  Result<void> written = writeBytes(noteIn(folder), note);
  std::error_code ignored;
  if (written || !fs::remove(noteIn(folder), ignored)) return written;
  return writeBytes(noteIn(folder), note);  // where the other one lay
}

void noteFinished(const fs::path& folder) {
  std::error_code error;
  fs::rename(noteIn(folder), finishedNoteIn(folder), error);
  if (!error) syncFolder(folder);
}

void removeNotes(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(noteIn(folder), ignored);
  fs::remove(finishedNoteIn(folder), ignored);
}

}  // namespace limbus
