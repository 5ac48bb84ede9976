#include "native/data/files/npy.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "native/data/files/objects.h"
#include "shared/little_endian.h"

namespace limbus {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);

struct NpyHeader {
  char order = '|';  // byte order: < > |
  char kind = 'u';   // b i u
  int itemBytes = 1;
  bool fortran = false;
  std::vector<std::uint64_t> shape;
  std::size_t dataAt = 0;
};

// The text after 'key': in the header's Python dictionary.
std::string_view after(std::string_view dictionary, std::string_view key) {
  const std::size_t at = dictionary.find("'" + std::string(key) + "'");
  if (at == std::string_view::npos) return {};
  std::string_view rest = dictionary.substr(at + key.size() + 2);
  const std::size_t begin = rest.find_first_not_of(" :");
  return begin == std::string_view::npos ? std::string_view{} : rest.substr(begin);
}

Result<void> parseType(std::string_view text, NpyHeader& header) {
  // '|u1' with its quotes
  const std::size_t end = text.size() < 2 ? std::string_view::npos : text.find('\'', 1);
  const std::string type(end == std::string_view::npos ? "?" : text.substr(1, end - 1));
  const auto isOneOf = [](std::string_view known, char c) {
    return known.find(c) != std::string_view::npos;
  };
  const bool known = type.size() == 3 && isOneOf("<>|=", type[0]) && isOneOf("biu", type[1]) &&
                     isOneOf("1248", type[2]);
  if (!known) {
    return fail(ErrorCode::badData,
                "expected labels of an integer type such as '|u1' (uint8), got '" + type + "'");
  }
  header.order = type[0];
  header.kind = type[1];
  header.itemBytes = type[2] - '0';
  return {};
}

Result<void> parseShape(std::string_view text, NpyHeader& header) {
  const std::size_t end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string_view::npos) {
    return fail(ErrorCode::badData, "the npy header has no shape");
  }
  std::uint64_t value = 0;
  bool digits = false;
  for (char c : text.substr(1, end)) {
    if (c >= '0' && c <= '9') {
      if (value > (std::uint64_t{1} << 40)) return fail(ErrorCode::badData, "absurd npy shape");
      value = value * 10 + (c - '0');
      digits = true;
    } else if (c == ',' || c == ')') {
      if (digits) header.shape.push_back(value);
      value = 0;
      digits = false;
    } else if (c != ' ' && c != 'L') {
      return fail(ErrorCode::badData, "the npy header's shape cannot be read");
    }
  }
  if (header.shape.size() != 2) {
    return fail(ErrorCode::badData, "expected an array of 2 dimensions [H,W], got " +
                                        std::to_string(header.shape.size()));
  }
  return {};
}

Result<NpyHeader> parseHeader(std::string_view bytes) {
  if (!isNpy(bytes)) return fail(ErrorCode::badData, "not a .npy file");
  if (bytes.size() < 12) return fail(ErrorCode::badData, "the .npy ends inside its header");
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3) {
    return fail(ErrorCode::unsupported,
                "npy version " + std::to_string(version) + "; known are 1, 2 and 3");
  }
  const std::size_t lengthBytes = version == 1 ? 2 : 4;
  const std::size_t textAt = 8 + lengthBytes;
  const std::uint64_t length = littleEndian(bytes.substr(8, lengthBytes));
  if (length > bytes.size() - textAt) {
    return fail(ErrorCode::badData, "the .npy ends inside its header");
  }
  const std::string_view text = bytes.substr(textAt, length);
  NpyHeader header;
  header.dataAt = textAt + length;
  header.fortran = after(text, "fortran_order").substr(0, 4) == "True";
  if (Result<void> type = parseType(after(text, "descr"), header); !type) return fail(type.error());
  if (Result<void> shape = parseShape(after(text, "shape"), header); !shape) {
    return fail(shape.error());
  }
  return header;
}

// Above 2^63: negative, like what is.
std::int64_t numberAt(const char* item, const NpyHeader& header) {
  const bool big = header.order == '>';
  std::uint64_t number = 0;
  for (int i = 0; i < header.itemBytes; ++i) {  // from the highest byte
    const int place = big ? i : header.itemBytes - 1 - i;
    number = number << 8 | static_cast<std::uint8_t>(item[place]);
  }
  const int unused = 64 - 8 * header.itemBytes;
  if (header.kind != 'i') return static_cast<std::int64_t>(number);
  return static_cast<std::int64_t>(number << unused) >> unused;
}

struct NpyArray {
  NpyHeader header;
  ImageSize size;
  const char* data = nullptr;  // all of it is there
};

Result<NpyArray> arrayIn(std::string_view bytes) {
  Result<NpyHeader> header = parseHeader(bytes);
  if (!header) return fail(header.error());
  const Result<ImageSize> size = checkImageSize(header->shape[1], header->shape[0]);
  if (!size) return fail(size.error());
  const std::size_t wanted =
      static_cast<std::size_t>(size->width) * size->height * header->itemBytes;
  const std::size_t have = bytes.size() - header->dataAt;
  if (have < wanted) {
    return fail(ErrorCode::badData, "the .npy ends early: " + std::to_string(wanted) +
                                        " bytes of labels expected, got " + std::to_string(have));
  }
  const char* data = bytes.data() + header->dataAt;
  return NpyArray{std::move(*header), *size, data};
}

// [H,W]
Result<std::vector<std::uint32_t>> numbersOf(const NpyArray& array, std::int64_t most) {
  const auto [width, height] = array.size;
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(width) * height);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::int64_t number = numberAt(array.data + i * array.header.itemBytes, array.header);
    if (number < 0 || number > most) {
      return fail(ErrorCode::badData, "a label is negative or above " + std::to_string(most));
    }
    const std::size_t at = array.header.fortran ? i % height * width + i / height : i;
    numbers[at] = static_cast<std::uint32_t>(number);
  }
  return numbers;
}

}  // namespace

bool isNpy(std::string_view bytes) { return bytes.substr(0, kMagic.size()) == kMagic; }

Result<ImageSize> npySize(std::string_view bytes) {
  Result<NpyHeader> header = parseHeader(bytes);
  if (!header) return fail(header.error());
  return checkImageSize(header->shape[1], header->shape[0]);
}

Result<Mask> decodeNpyMask(std::string_view bytes) {
  const Result<NpyArray> array = arrayIn(bytes);
  if (!array) return fail(array.error());
  const NpyHeader& header = array->header;
  Mask mask(array->size.width, array->size.height, 1);
  if (header.itemBytes == 1 && header.kind != 'i' && !header.fortran) {  // as most are
    std::memcpy(mask.pixels.data(), array->data, mask.pixels.size());
    return mask;
  }
  const Result<std::vector<std::uint32_t>> numbers = numbersOf(*array, 255);
  if (!numbers) return fail(numbers.error());
  std::copy(numbers->begin(), numbers->end(), mask.pixels.begin());
  return mask;
}

Result<Mask> decodeNpyObjects(std::string_view bytes) {
  const Result<NpyArray> array = arrayIn(bytes);
  if (!array) return fail(array.error());
  const auto numbers = numbersOf(*array, std::numeric_limits<std::uint32_t>::max());
  if (!numbers) return fail(numbers.error());
  return partsOf(*numbers, array->size.width, array->size.height);
}

std::string encodeNpyMask(MaskView mask) {
  std::string text = "{'descr': '|u1', 'fortran_order': False, 'shape': (" +
                     std::to_string(mask.height) + ", " + std::to_string(mask.width) + "), }";
  text.append(63 - (10 + text.size()) % 64, ' ');
  text += '\n';
  std::string bytes(kMagic);
  bytes += '\x01';
  bytes += '\0';
  bytes += static_cast<char>(text.size() & 0xFF);
  bytes += static_cast<char>(text.size() >> 8);
  bytes += text;
  bytes.append(reinterpret_cast<const char*>(mask.pixels), mask.sizeBytes());
  return bytes;
}

}  // namespace limbus
