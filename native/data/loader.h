// Samples to batches: worker threads read, augment and preprocess; the order and the bytes of every
// batch depend on (seed, epoch) alone, never on the number of workers.
//
//   Loader loader(dataset, input, augmentations, {.batch = 8, .workers = 2, .seed = 42});
//   loader.start(epoch);
//   while (Result<std::optional<Batch>> batch = loader.next()) {
//     if (!*batch) break;  // the epoch is over
//     train((*batch)->images, (*batch)->masks);
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "native/data/augment/augment.h"
#include "native/data/dataset.h"
#include "native/data/mask_maps.h"
#include "shared/manifest.h"
#include "shared/result.h"
#include "shared/tensor.h"

namespace limbus {

// Written once, by the worker whose sample completes it, into LoaderOptions::memory.
struct Batch {
  Dims shape = {};                       // of the images
  std::pmr::vector<float> images;        // [N,C,H,W], preprocessed
  std::pmr::vector<std::uint8_t> masks;  // [N,H,W], kVoidLabel in padding and void
  std::pmr::vector<float> distances;     // [N,K,H,W], where LoaderOptions::maps asks for them
  std::pmr::vector<std::uint8_t> edges;  // [N,H,W], likewise
  std::pmr::vector<float> gaps;          // [N,H,W], likewise
  std::vector<std::string> ids = {};
};

struct LoaderOptions {
  int batch = 8;
  // One of several loaders that share the samples: this one has batches share, share + shares, ...
  // of all, where `dropLast` leaves out a round of batches that not each of them would fill.
  int share = 0, shares = 1;
  int workers = 2;   // or as many threads as are to be had; 0: load on the calling thread
  int prefetch = 4;  // batches ready ahead
  std::uint64_t seed = 0;
  bool shuffle = false;
  bool dropLast = false;    // leave out a last batch that is not full
  bool mixedSizes = false;  // a batch of unequal images comes as several; or it is an error
  MaskMapNeeds maps = {};
  int classes = 0;                                                       // of the distances
  std::pmr::memory_resource* memory = std::pmr::get_default_resource();  // of the batches' values
};

struct LoaderTimes {     // accumulated since start()
  double waitedMs = 0;   // the consumer waited for data: the device was idle
  double blockedMs = 0;  // workers waited for the consumer: the loader was idle

  LoaderTimes operator+(const LoaderTimes& other) const {
    return {waitedMs + other.waitedMs, blockedMs + other.blockedMs};
  }
};

class Loader {
 public:
  Loader(const Dataset& dataset, InputSpec input, std::vector<Augmentation> augmentations,
         LoaderOptions options);
  ~Loader();

  // From batch `first` of the epoch on: where an interrupted one is gone on with.
  void start(std::uint32_t epoch, std::size_t first = 0);
  Result<std::optional<Batch>> next();  // an empty optional ends the epoch
  std::size_t batchesPerEpoch() const;
  LoaderTimes times() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace limbus
