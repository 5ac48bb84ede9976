#include "native/system/utf8.h"

#include "native/system/text.h"
#include "shared/json_reader.h"

namespace limbus {

bool isUtf8(const std::string& text) { return parseLongJson(dumpJson(text)) == text; }

std::string percentCoded(const std::string& name) {
  const bool isText = isUtf8(name);
  std::string text;
  for (const char c : name) {
    const bool plain = c != '%' && (isText || static_cast<unsigned char>(c) < 0x80);
    text += plain ? std::string(1, c) : format("%%%02X", static_cast<unsigned char>(c));
  }
  return text;
}

std::string nameInJson(const std::string& name) { return isUtf8(name) ? name : percentCoded(name); }

}  // namespace limbus
