// What `limbus predict` leaves beside its masks, so that --resume makes the others alone:
// unfinished.json, which names the masks and what made them; .finished.json once none is missing.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "native/commands/parts/predictor_options.h"
#include "shared/json_reader.h"
#include "shared/result.h"

namespace limbus {

using MaskedImages = std::map<std::string, std::string>;  // the image, by the name of its mask

// What a prediction was asked for.
struct AskedMasks {
  Json madeBy;                      // null: nothing to go on with can be left
  std::vector<std::string> beside;  // options for more than masks, such as "overlay"
  std::string regions = {};         // the hash of the CSV file that was written; empty: none
};

// What masks depend on, by the names of the options: models by what their files hold, and how they
// look. Null where a model is nothing that can be read twice, as a pipe.
Result<Json> madeBy(const PredictorOptions& options);

// As the note holds them, from wherever limbus is called.
std::string notedPath(const std::filesystem::path& image);

bool holdsUnfinishedMasks(const std::filesystem::path& folder);

// Those of the folder, finished or not; nothing where none are noted. An error if others made them,
// or were to be more than masks.
Result<std::optional<MaskedImages>> begunMasks(const std::filesystem::path& folder,
                                               const AskedMasks& asked);

// The hash of the CSV file that was written beside them; empty: none.
std::string notedRegions(const std::filesystem::path& folder);

// Where a note of more masks lies already, a full disk has room for this one.
Result<void> noteUnfinished(const std::filesystem::path& folder, const MaskedImages& masks,
                            const AskedMasks& asked);
void noteFinished(const std::filesystem::path& folder);
void removeNotes(const std::filesystem::path& folder);

}  // namespace limbus
