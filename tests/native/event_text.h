// TensorBoard's event files, read back.
#pragma once

#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "native/system/files.h"
#include "native/train/watchers/event_file.h"
#include "native_catch.h"
#include "shared/onnx/wire.h"

// What an event file says, read with the reader of our own wire code, its checksums compared.
struct Event {
  std::string version;
  std::int64_t step = 0;
  std::map<std::string, float> scalars;
  std::map<std::string, std::string> images;
  std::set<std::string> histograms;
};

inline void readValue(std::string_view bytes, Event& event) {
  std::string tag;
  for (limbus::WireReader value(bytes); !value.atEnd();) {
    const limbus::WireField field = value.next().value();
    if (field.number == 1) tag = field.bytes;
    if (field.number == 2) event.scalars[tag] = field.float32();
    if (field.number == 5) event.histograms.insert(tag);
    if (field.number != 4) continue;
    for (limbus::WireReader picture(field.bytes); !picture.atEnd();) {
      const limbus::WireField part = picture.next().value();
      if (part.number == 4) event.images[tag] = part.bytes;
    }
  }
}

inline Event eventFrom(std::string_view bytes) {
  Event event;
  for (limbus::WireReader reader(bytes); !reader.atEnd();) {
    const limbus::WireField field = reader.next().value();
    if (field.number == 2) event.step = field.integer();
    if (field.number == 3) event.version = field.bytes;
    if (field.number != 5) continue;
    for (limbus::WireReader summary(field.bytes); !summary.atEnd();) {
      readValue(summary.next().value().bytes, event);
    }
  }
  return event;
}

template <class Value>
Value littleAt(const std::string& bytes, std::size_t at) {
  Value value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

inline std::vector<Event> eventsOf(const std::filesystem::path& file) {
  const std::string bytes = limbus::readBytes(file).value();
  std::vector<Event> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = static_cast<std::size_t>(littleAt<std::uint64_t>(bytes, at));
    const std::string content = bytes.substr(at + 12, size);
    CHECK(littleAt<std::uint32_t>(bytes, at + 8) == limbus::maskedCrc(bytes.substr(at, 8)));
    CHECK(littleAt<std::uint32_t>(bytes, at + 12 + size) == limbus::maskedCrc(content));
    events.push_back(eventFrom(content));
    at += size + 16;
  }
  return events;
}
