// MATLAB files of version 5 byte by byte, as its description of the format has them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace mat {

inline std::string number(std::uint32_t value, int size = 4) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * i & 255);
  return bytes;
}

// Tag, data, and zeros up to a multiple of 8.
inline std::string element(std::uint32_t type, const std::string& data) {
  std::string bytes = number(type) + number(static_cast<std::uint32_t>(data.size())) + data;
  bytes.resize((bytes.size() + 7) / 8 * 8, '\0');
  return bytes;
}

struct Kind {
  std::uint32_t array, type;  // mxCLASS, miTYPE
};
constexpr Kind kUint8{9, 2}, kUint16{11, 4}, kDouble{6, 9};

inline std::string numbers(const Kind& kind, const std::vector<double>& values) {
  std::string data;
  for (const double value : values) {
    char raw[8];
    std::memcpy(raw, &value, 8);
    if (kind.array == kDouble.array) {
      data.append(raw, 8);
    } else {
      data += number(static_cast<std::uint32_t>(value), kind.array == kUint8.array ? 1 : 2);
    }
  }
  return data;
}

inline std::string array(std::uint32_t kind, const std::string& name, int height, int width,
                         const std::string& content) {
  return element(14, element(6, number(kind) + number(0)) +
                         element(5, number(static_cast<std::uint32_t>(height)) +
                                        number(static_cast<std::uint32_t>(width))) +
                         element(1, name) + content);
}

// `values` row by row; the file has them column by column.
inline std::string matrix(const std::string& name, int width, const std::vector<double>& values,
                          const Kind& kind = kUint8) {
  const int height = static_cast<int>(values.size()) / width;
  std::vector<double> columns;
  for (int x = 0; x < width; ++x) {
    for (int y = 0; y < height; ++y) {
      columns.push_back(values[static_cast<std::size_t>(y) * width + x]);
    }
  }
  return array(kind.array, name, height, width, element(kind.type, numbers(kind, columns)));
}

// One struct of these fields, whose arrays carry no names.
inline std::string structure(const std::string& name, const std::vector<std::string>& fields,
                             const std::vector<std::string>& arrays) {
  std::string names, content;
  for (const std::string& field : fields) names += field + std::string(32 - field.size(), '\0');
  for (const std::string& one : arrays) content += one;
  const std::string length = number(5, 2) + number(4, 2) + number(32);  // the short form
  return array(2, name, 1, 1, length + element(1, names) + content);
}

// As MATLAB writes by default, though zlib here stores and does not squeeze.
inline std::string compressed(const std::string& variable) {
  std::uint32_t a = 1, b = 0;
  for (const char c : variable) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  const auto size = static_cast<std::uint32_t>(variable.size());
  std::string data = "\x78\x01\x01" + number(size, 2) + number(~size, 2) + variable;
  const std::uint32_t sum = b << 16 | a;
  for (int i = 3; i >= 0; --i) data += static_cast<char>(sum >> 8 * i & 255);
  return number(15) + number(static_cast<std::uint32_t>(data.size())) + data;
}

inline std::string file(const std::string& variables, const std::string& version = "5.0") {
  std::string header = "MATLAB " + version + " MAT-file, Platform: GLNXA64";
  header.resize(116, ' ');
  return header + std::string(8, '\0') + number(0x0100, 2) + "IM" + variables;
}

// What SBD's files hold: boundaries (here none) before the mask.
inline std::string sbd(int width, const std::vector<double>& labels) {
  return file(compressed(structure("GTcls", {"Boundaries", "Segmentation"},
                                   {matrix("", 1, {7}), matrix("", width, labels)})));
}

}  // namespace mat
