// TensorBoard's event files: TFRecords of Event messages (TensorFlow's event.proto and
// summary.proto), written with our own wire code.
//
//   EventFile file = *EventFile::create("runs/first", 0);
//   file.scalar("val/Mean_IoU", 0.91);
//   file.write(200);  // one event, at step 200
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "shared/image.h"
#include "shared/result.h"

namespace limbus {

class EventFile {
 public:
  // A new file in `folder`, of a run whose finished epochs took so many steps. Earlier files of it
  // lose what they hold of later steps: of a process that was killed before its checkpoint.
  static Result<EventFile> create(const std::filesystem::path& folder, std::int64_t finished);

  // Of the event that the next write() writes.
  void scalar(const std::string& tag, double value);
  Result<void> image(const std::string& tag, ImageView pixels);
  void histogram(const std::string& tag, const std::vector<float>& values);

  Result<void> write(std::int64_t step);
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit EventFile(std::filesystem::path path) : path_(std::move(path)) {}
  Result<void> append(const std::string& event) const;

  std::filesystem::path path_;
  std::string values_;  // of the summary
};

// CRC-32C (Castagnoli) as TFRecords mask it.
std::uint32_t maskedCrc(std::string_view bytes);

}  // namespace limbus
