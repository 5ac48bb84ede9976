// Protobuf wire format: just enough to write and to walk messages.
//
// The reader never looks past its bytes, copies nothing and allocates nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/result.h"

namespace limbus {

class WireWriter {
 public:
  void varint(int field, std::uint64_t value);
  void integer(int field, std::int64_t value) { varint(field, static_cast<std::uint64_t>(value)); }
  void float32(int field, float value);
  void float64(int field, double value);
  void bytes(int field, std::string_view value);  // strings, byte strings and nested messages
  void head(int field, std::uint64_t size);       // of such a field, whose content comes behind
  const std::string& str() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void raw(std::uint64_t value);

  std::string out_;
};

enum class WireType { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct WireField {
  int number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;  // varint, fixed64, fixed32
  std::string_view bytes;   // bytes
  std::uint64_t size = 0;   // of bytes, which an outline (outline.h) may have left out

  std::int64_t integer() const { return static_cast<std::int64_t>(value); }
  float float32() const;
};

// What stands before a field's content.
struct WireHeader {
  int number = 0;
  WireType type = WireType::varint;
  std::uint64_t size = 0;  // of the content; a varint's is not known before it is read
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  bool atEnd() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }
  Result<WireField> next();        // groups and other unknown wire types are errors
  Result<WireHeader> header();     // of the next field; its content is what comes then
  Result<std::uint64_t> varint();  // for packed lists

 private:
  Result<std::string_view> take(std::uint64_t count);

  std::string_view rest_;
};

// What a field is told that is longer than the message around it.
Error cutOff(std::uint64_t wanted, std::uint64_t left);

}  // namespace limbus
