// Small datasets around others. Samples are moved through them, not copied.
//
//   std::vector<std::unique_ptr<Dataset>> parts;
//   parts.push_back(subset(std::move(eyes), foldIndices(count, {.folds = 5, .held = 4}, false)));
//   parts.push_back(std::move(more));
//   auto train = cached(concatenation(std::move(parts)), cacheRoom(std::int64_t{4} << 30));
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "native/data/dataset.h"

namespace limbus {

// Those samples of `whole`, in this order. An index beyond its end is an error of get().
std::unique_ptr<Dataset> subset(std::unique_ptr<Dataset> whole, std::vector<std::size_t> indices);

struct Fold {
  std::size_t folds = 5;
  std::size_t held = 4;  // 0 .. folds-1
};

// Of `count` samples those that the fold holds out (every folds-th), or the others.
std::vector<std::size_t> foldIndices(std::size_t count, Fold fold, bool heldOut);

// One after the other.
std::unique_ptr<Dataset> concatenation(std::vector<std::unique_ptr<Dataset>> parts);

// Parts of one data set, each opened without classes: where they number their own classes unlike
// one another, all get the classes of all, by their names, the first part's first. An error where
// masks of one are of names and of another of numbers, or where there are more than 255.
Result<void> uniteClasses(std::vector<std::unique_ptr<Dataset>>& parts);

// What is left, in bytes, for all datasets that keep their samples in it.
using CacheRoom = std::shared_ptr<std::atomic<std::int64_t>>;
CacheRoom cacheRoom(std::int64_t bytes);

// Keeps what it has read, as 8-bit pixels, until `room` is full; the rest is read each time. Those
// that are new in every epoch are never kept, beside parts of a concatenation that are. What is
// cached already stays as it is, with its own room.
std::unique_ptr<Dataset> cached(std::unique_ptr<Dataset> source, CacheRoom room);

}  // namespace limbus
