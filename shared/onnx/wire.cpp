#include "shared/onnx/wire.h"

#include <cstring>

#include "shared/little_endian.h"

namespace limbus {

void WireWriter::raw(std::uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<char>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<char>(value));
}

void WireWriter::varint(int field, std::uint64_t value) {
  raw(static_cast<std::uint64_t>(field) << 3 | static_cast<int>(WireType::varint));
  raw(value);
}

void WireWriter::float32(int field, float value) {
  raw(static_cast<std::uint64_t>(field) << 3 | static_cast<int>(WireType::fixed32));
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < 4; ++i) out_.push_back(static_cast<char>(bits >> (8 * i) & 0xff));
}

void WireWriter::float64(int field, double value) {
  raw(static_cast<std::uint64_t>(field) << 3 | static_cast<int>(WireType::fixed64));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < 8; ++i) out_.push_back(static_cast<char>(bits >> (8 * i) & 0xff));
}

void WireWriter::bytes(int field, std::string_view value) {
  head(field, value.size());
  out_.append(value);
}

void WireWriter::head(int field, std::uint64_t size) {
  raw(static_cast<std::uint64_t>(field) << 3 | static_cast<int>(WireType::bytes));
  raw(size);
}

float WireField::float32() const {
  const auto bits = static_cast<std::uint32_t>(value);
  float result = 0;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

Result<std::uint64_t> WireReader::varint() {
  std::uint64_t value = 0;
  for (int i = 0; i < 10; ++i) {
    if (rest_.empty()) return fail(ErrorCode::badData, "the bytes end inside a number");
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (i == 9 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value;
  }
  return fail(ErrorCode::badData, "a number is longer than 64 bits");
}

Result<std::string_view> WireReader::take(std::uint64_t count) {
  if (count > rest_.size()) return fail(cutOff(count, rest_.size()));
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

Result<WireHeader> WireReader::header() {
  const Result<std::uint64_t> tag = varint();
  if (!tag) return fail(tag.error());
  const std::uint64_t number = *tag >> 3, type = *tag & 7;
  if (number < 1 || number >= (1u << 29)) {
    return fail(ErrorCode::badData, "a field has the number " + std::to_string(number));
  }
  WireHeader header{static_cast<int>(number), static_cast<WireType>(type)};
  switch (header.type) {
    case WireType::varint:
      return header;
    case WireType::fixed64:
      header.size = 8;
      return header;
    case WireType::fixed32:
      header.size = 4;
      return header;
    case WireType::bytes: {
      const Result<std::uint64_t> length = varint();
      if (!length) return fail(length.error());
      header.size = *length;
      return header;
    }
  }
  return fail(ErrorCode::badData, "a field has the wire type " + std::to_string(type));
}

Result<WireField> WireReader::next() {
  const Result<WireHeader> head = header();
  if (!head) return fail(head.error());
  WireField field;
  field.number = head->number;
  field.type = head->type;
  if (field.type == WireType::varint) {
    const Result<std::uint64_t> value = varint();
    if (!value) return fail(value.error());
    field.value = *value;
    return field;
  }
  const Result<std::string_view> bytes = take(head->size);
  if (!bytes) return fail(bytes.error());
  if (field.type == WireType::bytes) {
    field.bytes = *bytes;
    field.size = bytes->size();
  } else {
    field.value = littleEndian(*bytes);
  }
  return field;
}

Error cutOff(std::uint64_t wanted, std::uint64_t left) {
  return {ErrorCode::badData, "a field wants " + std::to_string(wanted) + " bytes where " +
                                  std::to_string(left) +
                                  " are left; the file is cut off or damaged"};
}

}  // namespace limbus
