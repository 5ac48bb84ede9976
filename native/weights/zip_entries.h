// The entries of a ZIP archive that compresses nothing, as torch.save writes them; and an archive
// of one entry.
//
// What is compressed is refused, so that no archive grows beyond its own size.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "shared/result.h"

namespace limbus {

bool isZip(std::string_view bytes);

// By name, each checked against its checksum.
Result<std::map<std::string, std::string>> zipEntries(std::string_view bytes);

// Deflated, and of no time: the same bytes whenever it is made.
Result<std::string> zipOf(const std::string& name, std::string_view bytes);

}  // namespace limbus
