// Several models, or several answers of one, as one. Where not all fit in memory:
//
//   MeanOnDisk mean = *MeanOnDisk::make(Averaged::logits);
//   for (const Weighted& model : models)  // one at a time
//     for (std::size_t i = 0; i < images.size(); ++i)
//       mean.add(i, *model.predictor->predict(images[i].view()), model.weight);
//   Result<Field> field = mean.field(0);
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "native/infer/planes.h"

namespace limbus {

struct Weighted {
  SharedPredictor predictor;
  double weight = 1;  // above 0; against the others' sum
};

// The weighted mean over predictors of the same classes; at least one.
SharedPredictor meanOf(std::vector<Weighted> inner, Averaged averaged);

// The same mean with one model in memory at a time: each looks at all images before the next one
// is loaded, and the sums lie on the disk meanwhile.
class MeanOnDisk {
 public:
  // In a folder of its own below the system's for temporary files, which goes with the object.
  static Result<MeanOnDisk> make(Averaged averaged);
  MeanOnDisk(MeanOnDisk&& other) noexcept;
  MeanOnDisk& operator=(MeanOnDisk&&) = delete;
  ~MeanOnDisk();

  Result<void> add(std::size_t image, const Field& field, double weight);
  // The mean of what was added for this image.
  Result<Field> field(std::size_t image) const;

 private:
  struct Sum {
    Planes shape;  // its values are on the disk
    double weights = 0;
  };
  MeanOnDisk(std::filesystem::path folder, Averaged averaged)
      : folder_(std::move(folder)), averaged_(averaged) {}
  std::filesystem::path file(std::size_t image) const;
  Result<Planes> stored(std::size_t image) const;

  std::filesystem::path folder_;  // empty once moved from
  Averaged averaged_;
  std::vector<Sum> sums_;
};

}  // namespace limbus
