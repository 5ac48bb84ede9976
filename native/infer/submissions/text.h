// Bytes and names as the texts of a submission hold them.
#pragma once

#include <string>
#include <string_view>

namespace limbus {

// RFC 4648, padded.
std::string base64(std::string_view bytes);

// A JSON string as Python's json writes it: what is not ASCII escaped.
std::string jsonText(const std::string& text);

}  // namespace limbus
