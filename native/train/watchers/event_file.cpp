#include "native/train/watchers/event_file.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>

#include "native/data/files/png.h"
#include "native/system/files.h"
#include "shared/onnx/wire.h"

namespace limbus {
namespace {

// Fields of Event, Summary, Summary.Value, Summary.Image, HistogramProto and SessionLog.
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
constexpr int kValue = 1;
constexpr int kTag = 1, kSimpleValue = 2, kImage = 4, kHistogram = 5;
constexpr int kHeight = 1, kWidth = 2, kColourspace = 3, kEncoded = 4;
constexpr int kMin = 1, kMax = 2, kCount = 3, kSum = 4, kSumOfSquares = 5, kLimits = 6,
              kBuckets = 7;
constexpr int kStatus = 1, kStarted = 1;
constexpr std::size_t kBucketCount = 32;
constexpr const char* kPrefix = "events.out.tfevents.";

void appendLittle(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

double wallTime() {
  using Seconds = std::chrono::duration<double>;
  return Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string packed(const std::vector<double>& values) {
  std::string out;
  for (const double value : values) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    appendLittle(out, bits, 8);
  }
  return out;
}

constexpr std::size_t kLead = 12, kTrail = 4;  // of a record: length and checksum; checksum

std::uint64_t littleAt(std::string_view bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
  }
  return value;
}

// The first record, without what is around it; empty where none is whole.
std::string_view firstEvent(std::string_view bytes) {
  if (bytes.size() < kLead + kTrail) return {};
  const std::uint64_t length = littleAt(bytes, 8);
  if (length > bytes.size() - kLead - kTrail) return {};
  const std::string_view event = bytes.substr(kLead, length);
  const bool whole = littleAt(bytes.substr(8), 4) == maskedCrc(bytes.substr(0, 8)) &&
                     littleAt(bytes.substr(kLead + length), 4) == maskedCrc(event);
  return whole ? event : std::string_view();
}

std::int64_t stepOf(std::string_view event) {
  for (WireReader reader(event); !reader.atEnd();) {
    const Result<WireField> field = reader.next();
    if (!field) break;
    if (field->number == kStep) return field->integer();
  }
  return 0;
}

// Ends an earlier file of the run behind its last whole event up to `step`.
Result<void> cutAfter(const std::filesystem::path& file, std::int64_t step) {
  const Result<std::string> bytes = readBytes(file);
  if (!bytes) return fail(bytes.error());
  std::size_t kept = 0;
  while (true) {
    const std::string_view event = firstEvent(std::string_view(*bytes).substr(kept));
    if (event.empty() || stepOf(event) > step) break;
    kept += kLead + event.size() + kTrail;
  }
  if (kept == bytes->size()) return {};
  return writeBytes(file, std::string_view(*bytes).substr(0, kept));
}

WireWriter eventAt(std::int64_t step) {
  WireWriter event;
  event.float64(kWallTime, wallTime());
  event.integer(kStep, step);
  return event;
}

}  // namespace

std::uint32_t maskedCrc(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> table = [] {
    constexpr std::uint32_t kReversed = 0x82F63B78;
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? kReversed : 0);
      entries[i] = value;
    }
    return entries;
  }();
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char c : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<std::uint8_t>(c)) & 0xFF];
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

Result<EventFile> EventFile::create(const std::filesystem::path& folder, std::int64_t finished) {
  // TensorBoard reads a run's files in the order of their names.
  std::string digits = std::to_string(finished);
  digits.insert(0, 12 - std::min<std::size_t>(12, digits.size()), '0');
  EventFile file(folder / (kPrefix + digits + ".limbus"));
  std::error_code ignored;
  std::filesystem::remove(file.path_, ignored);  // of a start that finished no epoch more
  WireWriter first;
  first.float64(kWallTime, wallTime());
  first.bytes(kFileVersion, "brain.Event:2");
  if (auto written = file.append(first.take()); !written) return fail(written.error());
  const Result<std::vector<std::filesystem::path>> earlier = listFiles(folder, {".limbus"});
  if (!earlier) return fail(earlier.error());
  for (const std::filesystem::path& other : *earlier) {
    if (other.filename().string().rfind(kPrefix, 0) != 0 || other == file.path_) continue;
    if (auto cut = cutAfter(other, finished); !cut) return fail(cut.error());
  }
  // Readers forget what they saw of this step and of later ones.
  WireWriter started = eventAt(finished + 1), log;
  log.integer(kStatus, kStarted);
  started.bytes(kSessionLog, log.str());
  if (auto written = file.append(started.take()); !written) return fail(written.error());
  return file;
}

void EventFile::scalar(const std::string& tag, double value) {
  WireWriter one, all;
  one.bytes(kTag, tag);
  one.float32(kSimpleValue, static_cast<float>(value));
  all.bytes(kValue, one.str());
  values_ += all.str();
}

Result<void> EventFile::image(const std::string& tag, ImageView pixels) {
  const Result<std::string> png = encodePng(pixels);
  if (!png) return fail(png.error());
  WireWriter picture, one, all;
  picture.integer(kHeight, pixels.height);
  picture.integer(kWidth, pixels.width);
  picture.integer(kColourspace, pixels.channels);
  picture.bytes(kEncoded, *png);
  one.bytes(kTag, tag);
  one.bytes(kImage, picture.str());
  all.bytes(kValue, one.str());
  values_ += all.str();
  return {};
}

void EventFile::histogram(const std::string& tag, const std::vector<float>& values) {
  if (values.empty()) return;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double from = *low, step = std::max(1e-12, (static_cast<double>(*high) - from) /
                                                       static_cast<double>(kBucketCount));
  double sum = 0, squares = 0;
  std::vector<double> limits, counts(kBucketCount, 0.0);
  for (std::size_t i = 1; i <= kBucketCount; ++i) {
    limits.push_back(from + step * static_cast<double>(i));
  }
  for (const float value : values) {
    if (!std::isfinite(value)) return;
    sum += value;
    squares += static_cast<double>(value) * value;
    const auto bucket = static_cast<std::size_t>((value - from) / step);
    ++counts[std::min(bucket, kBucketCount - 1)];
  }
  WireWriter whole, one, all;
  whole.float64(kMin, *low);
  whole.float64(kMax, *high);
  whole.float64(kCount, static_cast<double>(values.size()));
  whole.float64(kSum, sum);
  whole.float64(kSumOfSquares, squares);
  whole.bytes(kLimits, packed(limits));
  whole.bytes(kBuckets, packed(counts));
  one.bytes(kTag, tag);
  one.bytes(kHistogram, whole.str());
  all.bytes(kValue, one.str());
  values_ += all.str();
}

Result<void> EventFile::write(std::int64_t step) {
  WireWriter event = eventAt(step);
  event.bytes(kSummary, values_);
  values_.clear();
  return append(event.take());
}

Result<void> EventFile::append(const std::string& event) const {
  std::string record;
  appendLittle(record, event.size(), 8);
  appendLittle(record, maskedCrc(record), 4);
  record += event;
  appendLittle(record, maskedCrc(event), 4);
  return appendBytes(path_, record);
}

}  // namespace limbus
